"""Every word and sentence of the briefing, in both languages; what stands in braces is filled in.

One word for one concept: a heading that several tables share stands here once. Words of verdicts
and their limits stand in ``assessment.outlook.VERDICTS``, number forms in ``charts.words``.
"""

from __future__ import annotations

from collections.abc import Mapping

from zerobay_analysis.language import Text
from zerobay_analysis.plan import Kind
from zerobay_analysis.series import Precision, Role

# --- joints of a sentence ---------------------------------------------------------------------

STOP = Text("。", ".")
COLON = Text("：", ": ")
COMMA = Text("，", ", ")
LIST = Text("、", ", ")
SEMICOLON = Text("；", "; ")
SPACE = Text("", " ")

# --- words that tables share ------------------------------------------------------------------

INDICATOR = Text("指标", "Indicator")
NAME_AND_UNIT = Text("指标（单位）", "Indicator (unit)")
UNIT = Text("单位", "Unit")
OWNERS = Text("责任单位", "Owners")
SHARED_WITH = Text("共同责任", "Shared with")
GRADE = Text("证据等级", "Grade")
GRADE_SHORT = Text("等级", "Grade")
LATEST = Text("最新数字", "Latest figure")
YEAR = Text("年份", "Year")
TARGET = Text("目标", "Target")
PROBABILITY = Text("达标概率", "Probability")
VERDICT = Text("判断", "Verdict")
MEDIAN = Text("中位数", "Median")
INTERVAL = Text("80% 区间", "80% interval")
REQUIRED = Text("所需进度", "Required pace")
COMPARABLE = Text("可比序列", "Comparable series")
OWN_CHANGES = Text("自身年度变动", "Own changes")
MEDIAN_REACHES = Text("中位数何时达到", "Median reaches it")
DEADLINE = Text("最迟提速日期", "Latest day to speed up")
FROM = Text("起算数", "From")
FROM_PERIOD = Text("起算期间", "From period")
GAP = Text("还差", "Gap")
EVIDENCE = Text("依据或原因", "Evidence or reason")
SCENARIO = Text("情景", "Scenario")
ASSUMED = Text("假设", "Assumed")
BASELINE = Text("基线概率", "Baseline")
WITH_LEVERS = Text("情景概率", "With the levers")
CHANGE = Text("变化（百分点）", "Change (points)")
WHY = Text("原因", "Why")
ON_COURSE = Text("有望完成", "On course")
AT_RISK = Text("有风险", "At risk")
NO_PROBABILITY = Text("无法给出概率", "No probability")
COMMITMENT = Text("承诺", "Commitment")
TASK = Text("任务", "Task")
DONE = Text("完成", "Done")
ELAPSED = Text("时间过去", "Time passed")
PROGRESS = Text("进度", "Progress")
MISSING = Text("缺什么", "Missing")
ID = Text("编号", "Id")
ITEM = Text("项目", "Item")
FIGURE = Text("数字", "Figure")
PERIOD = Text("期间", "Period")
PUBLISHED = Text("发布日期", "Published")
PRECISION = Text("精确度", "Precision")
USE = Text("用途", "Use")
SOURCE = Text("来源", "Source")
CAVEAT = Text("说明", "Caveat")
PUBLISHER = Text("发布者", "Publisher")
TITLE = Text("标题", "Title")
DATE = Text("日期", "Date")
ADDRESS = Text("网址", "Address")
AREA = Text("地域", "Area")
MEASURE = Text("统计内容", "Measure")
VALUE = Text("数值", "Value")
NEED = Text("事项", "Need")
PLEASE_SEND = Text("请提供", "Please send")
FORM = Text("形式", "Form")
DUE = Text("时限", "Due")
BEFORE = Text("上次", "Before")
NOW = Text("本次", "Now")
CAUSE = Text("原因", "Cause")
WORD = Text("用词", "Word")
SAID = Text("所说概率", "Said")
OBSERVED = Text("实际达标比例", "Observed")
TIMES_SAID = Text("次数", "Times said")
METHOD = Text("方法", "Method")
QUESTION = Text("回答什么", "Question")
POINTS_OF_HISTORY = Text("历史年数", "Points of history")
YES, NO = Text("是", "yes"), Text("否", "no")
NONE = Text("无", "none")

SHORT_NAME = Text("指标（单位）", "Indicator")
YEARS_LEFT = Text("剩余年数", "Years left")
PER_YEAR = Text("每年所需", "Per year")
GROWTH_A_YEAR = Text("年均增速", "Growth a year")
FIGURE_COUNT = Text("数字个数", "Figures")
LOW = Text("80% 区间下限", "80% low")
HIGH = Text("80% 区间上限", "80% high")
AS_FAST = Text("可比序列做到的比例", "Comparable series as fast")
YEARS_ON_RECORD = Text("方案口径年份", "Years on record")
FOLLOWS = Text("得出", "Follows")
KIND = Text("类别", "Kind")
WHAT = Text("内容", "What")
ALLOWED_FROM = Text("可能下限", "Allowed from")
ALLOWED_TO = Text("可能上限", "Allowed to")
CARRIES_WEIGHT = Text("参与测算", "Carries weight")
WITHOUT_IT = Text("没有它时 {year}", "{year} without it")
WEIGHT = Text("权重", "Weight")
OVER_DAYS = Text("超过 {days} 天", "Over {days} days")
OFFICIAL_FIGURES = Text("方案口径数字", "Figures")
DAY_UNKNOWN = Text("发布日期不明", "Day unknown")
DAYS_TO_PUBLICATION = Text("期末到发布（天，中位）", "Days to publication (median)")
LONGEST_DAYS = Text("最长（天）", "Longest (days)")
LONGEST_PERIOD = Text("最长的一期", "Longest: period")
REVISED = Text("修订过", "Revised")
GROUP = Text("组", "Group")
WHAT_CONFLICTS = Text("矛盾之处", "What conflicts")
VINTAGES = Text("发布次数", "Vintages")
FIRST = Text("首次", "First")
LAST = Text("最近", "Last")
REVISED_BY = Text("变动", "Change")
FIRST_PUBLISHED = Text("首次发布", "First published")
LAST_PUBLISHED = Text("最近发布", "Last published")
DAYS_APART = Text("相隔天数", "Days apart")
REVISIONS = Text("修订", "Revisions")
NOT_STATED = Text("未写明", "not stated")
MET = Text("是否达到", "Met")
WHAT_COMES_FIRST = Text("先看什么", "What comes first")
PROMISED = Text("应达到*", "Promised*")
NUMBER = Text("数量", "Number")
ONE_ANSWER_WITH = Text("报一份即可", "One answer is enough with")
KINDS = Text("适用", "Kinds")
RULE = Text("规则", "Rule")
CLASSES = Text("分级", "Classes")
LEAST_POINTS = Text("最少数字", "Least points")
CUT_OFFS_CONFIRMED = Text("界线已核实", "Cut-offs confirmed")
TARGET_AND_PROBABILITY = Text("目标与概率", "Target and probability")
WHY_THEY_DIFFER = Text("为什么不同", "Why they differ")
DECIDING_NUMBER = Text("依据的数", "Deciding number")
WHY_IT_REFUSES = Text("不适用的原因", "Why it refuses")
NOTE = Text("注", "Note")
EXPECTED = Text("预计完成", "Expected")
ALL_MET = Text("全部完成", "All met")
NUMBER_MET = Text("{n} 项", "{n}")
SAID_MIDDLE = Text("所说概率（中点）", "Said (middle)")
ANSWERED = Text("给出预测的比例", "Answered")
COVERAGE_80 = Text("80% 区间覆盖", "80% coverage")
COVERAGE_95 = Text("95% 区间覆盖", "95% coverage")
DATA_NAME = Text("数据", "Data")
AS_OF = Text("数据截至", "As of")
RUN_ID = Text("运行编号", "Run")
CORRELATION = Text("指标间相关系数（假设）", "Correlation between indicators (assumed)")
CALIBRATION_FROM = Text("校准来源", "Calibration")
VALUE_OR_NOTE = Text("取值或说明", "Value or note")
DEPENDENCE = Text("相关强度", "Dependence")

ROLE: Mapping[Role, Text] = {
    Role.OWN: Text("方案口径", "plan's definition"),
    Role.DOUBTFUL: Text("口径存疑", "doubtful definition"),
    Role.PROXY: Text("其他口径或地域", "other definition or area"),
    Role.OUTLIER: Text("异常值，不用", "outlier, not used"),
    Role.CONTEXT: Text("背景，不用", "context, not used"),
}
QUALIFIER: Mapping[Precision, Text] = {
    Precision.EXACT: Text("精确", "exact"),
    Precision.ABOUT: Text("约", "about"),
    Precision.AT_LEAST: Text("超", "at least"),
    Precision.JUST_UNDER: Text("近", "just under"),
    Precision.A_LITTLE_OVER: Text("余", "a little over"),
    Precision.EXPECTED: Text("预计", "expected"),
}

KIND_OF: Mapping[Kind, Text] = {
    Kind.STOCK: Text("存量", "stock"),
    Kind.CUMULATIVE: Text("累计", "cumulative"),
    Kind.FLOW: Text("年度新增", "flow"),
    Kind.RATE: Text("增速、强度", "rate"),
}

# --- titles of parts and tables ---------------------------------------------------------------

BRIEFING = Text("{plan}目标前景", "{plan}: target outlook")
SUBTITLE = Text(
    "{first}—{last}年行动计划（{document}）　数据截至{day}　依据：{data}",
    "Action plan {first}-{last} ({document}), as of {day}, from {data}",
)
DATA = {"public": Text("公开记录", "the public record"), "demo": Text("演示数据", "synthetic data")}
REPORTED = Text("报送数据", "reported data")
RUN = Text("运行编号 {run}", "Run {run}")

OVERALL = Text("总体判断", "Overall")
ALL_INDICATORS = Text("全部指标一览", "All indicators")
RISKS = Text("有风险的指标", "Indicators at risk")
PRESSING = Text("需要抓紧的指标", "Indicators at risk")
OTHERS = Text("其余指标", "Other indicators")
EACH_INDICATOR = Text("逐项指标与数字", "Every indicator and its figures")
CHANGES = Text("与上次相比的变化", "Changes since the last run")
OWED = Text("待报数据", "Data owed")
IF_THEN = Text("只差一个数：若……则……", "One figure is missing: if ... then ...")
SUPPOSED = Text("若{figure}则{chance}", "if {figure}: {chance}")
SUPPOSED_NOTE = Text(
    "“若……则……”：只差{year}年一个数；若该数落在方案线上，达标概率如此。是假设，不是记录。",
    "“if ...”: one figure of {year} is missing; the probability if it lay on the plan's line. Hypothetical, "
    "not on record.",
)
MISSING_FIGURE = Text("缺的数", "Missing figure")
WHOLE_OR_END = {
    Kind.STOCK: Text("{year}年末", "end of {year}"),
    Kind.CUMULATIVE: Text("{year}年末累计", "total, end of {year}"),
    Kind.FLOW: Text("{year}年全年", "whole of {year}"),
    Kind.RATE: Text("{year}年全年", "whole of {year}"),
}
PLAN_LINE = Text("若在方案线上", "If on the plan's line")
THEN_CHANCE = Text("则{year}年达标", "then {year}")
EVEN_FROM = Text("{year}年一半把握需", "Even odds of {year} from")
CONFIDENT_FROM = Text("{year}年八成把握需", "80% for {year} from")
OUTSIDE = Text("外部参照：同类目标历史达成", "Outside view: such targets met")
NOTHING_FITS = Text("没有可比的", "none comparable")
ASK_DEFINITION = Text(
    "记录的{latest}按何口径？方案口径{base_year}年末是多少？",
    "By which definition is {latest} counted? What is the end of {base_year} by the plan's definition? ",
)
IF_THEN_NOTE = Text(
    "全部为假设，不是记录：按所列数字作为该指标唯一的方案口径数字测算。方案线由方案自身步长倒推，只是假设；"
    "目标各年相同的，即为目标值。“—”：合理范围内没有这样的数。外部参照不计入概率。",
    "All hypothetical, none on record: computed with the figure as the only one of the plan's definition. "
    "The plan's line is counted back by the plan's own step, an assumption; where targets stay level it is "
    "the target. A dash: no figure within reach. The outside view enters no probability.",
)
DEFINITION = Text("口径", "Definition")
OTHER_CLASSES = Text("其他参照类", "Other classes")
WORD_DEPENDS = Text("{span}，判断随参照类而变", "{span}, the word depends on it")
CLASS_NOTE = Text(
    "参照类：{name}（{series} 条序列，{sources} 个来源{reason}）；在未参与学习的同类序列上，有 {n} 个数字时，"
    "80% 区间覆盖 {cover:.0%}，概率与实际平均相差 {ece:.0%}。",
    "Reference class: {name} (series: {series}, sources: {sources}{reason}); on series of the class that it "
    "was not learned from, figures: {n}, the 80% interval covers {cover:.0%} and probabilities are off by "
    "{ece:.0%} on average.",
)
UNITS = Text("责任单位", "Responsible units")
COMMITMENTS = Text("量化承诺", "Quantified commitments")
TASKS = Text("任务", "Tasks")
COMMITMENTS_AND_TASKS = Text("量化承诺与任务", "Commitments and tasks")
EARLIER_ROUND = Text("上一轮目标", "The earlier round")
TRUST = Text("方法与可信程度", "Method and trust")
NEWS_AND_TRUST = Text("变化、数据与可信程度", "Changes, data and trust")
SOURCES = Text("来源", "Sources")
RUN_RECORD = Text("运行记录", "Record of the run")
TARGETS_IN_FIGURES = Text("各目标测算明细", "Every target in figures")
TARGETS_OF = Text("指标 {number} 各年度目标", "Targets of indicator {number}")
FIGURES_AND_SOURCES = Text("数字与来源", "Figures and sources")
FIGURES_OF = Text("指标 {number} 的数字", "Figures of indicator {number}")
UNLISTED = Text(
    "指标 {number} 只列最近的数字；另有 {n} 个见 workbook.xlsx 和 figures.csv。",
    "Indicator {number}: the latest figures only; {n} more are in workbook.xlsx and figures.csv.",
)
NO_FIGURE = Text("记录中没有任何数字", "No figure on record")
SCENARIOS = Text("情景", "Scenarios")
SCENARIOS_OF = Text("{name}：情景", "{name}: scenarios")
WHAT_IF = Text("如果……（括号内为变化，百分点）", "What if (change in points)")
INDICATORS_AND_TARGETS = Text("指标与目标", "Indicators and targets")
ASKED_NOW = Text("现在请提供", "Asked for now")
ASKED_NEXT = Text("下一期", "Next figures")
OFFICIAL_METHODS = Text("官方进度方法", "Official progress methods")
CALIBRATION = Text(
    "说的概率与实际达标比例（{n} 个数据点的公开序列）",
    "Said and observed (public series, points of history: {n})",
)
TARGETS_BY_VERDICT = Text("各年度目标的前景（个）", "Targets by verdict and year (number)")
ANNEX = Text("附件 {n}　{title}", "Annex {n}  {title}")
NONE_ON_RECORD = Text("没有这类记录", "None on record")

# --- the page ---------------------------------------------------------------------------------

SKIP = Text("跳到正文", "Skip to the content")
CONTENTS = Text("目录", "Contents")
OTHER_FORMS = Text("其他形式", "Other forms")
FAILED = Text("本次运行有未完成的部分：", "Parts of this run failed:")
TRAJECTORIES = Text("全部指标走势", "Trajectories of all indicators")
CHART_AND_FIGURES = Text("图、目标与数字", "Chart, targets and figures")
NOTEBOOK = Text("走势笔记本", "trajectory notebook")
COMPUTED_FROM = Text("以上数字由", "Computed from")
ITS_FIGURES = Text("本指标的数字", "this indicator's figures")
AND = Text("和", " and ")
THE_METHOD = Text("方法", "the method")
TARGETS_FROM = Text("算出；目标见方案 ", "; targets: the plan, ")
MODEL, SEED = Text("模型", "Model"), Text("随机种子", "Seed")

# --- the four answers -------------------------------------------------------------------------

QUESTIONS = (
    Text("有望完成的年度目标", "Yearly targets on course"),
    Text("有风险的指标", "Indicators at risk"),
    Text("判断有变化的目标", "Targets that changed"),
    Text("待报数据的指标", "Indicators with data owed"),
)
COUNTS = Text(
    "{total} 个年度目标中，有望完成 {on_course} 个，有风险 {at_risk} 个{open}{words}。",
    "Of {total} yearly targets: {on_course} on course, {at_risk} at risk{open}{words}.",
)
COUNTS_OPEN = Text("，只差一个数、尚无概率 {n} 个", ", {n} without a probability for want of a figure")
COUNTS_WORDS = Text("（{words}）", " ({words})")
COUNT_OF_WORD = Text("{word} {n}", "{n} {word}")
NO_RISK = Text("没有把握低于 {limit} 的目标。", "No target with a probability is below {limit}.")
RISKS_TOLD = Text(
    "{n} 项指标有目标把握不足 {limit}，责任单位及其最难一年的达标概率：{units}。",
    "{n} with a target below {limit}; whose they are, with the probability in the hardest year: {units}.",
)
RISKS_OF_UNIT = Text("{units}（{risks}）", "{units} ({risks})")
WORST = Text(
    "把握最低的是{i.name}：{t.year} 年目标 {t.target} {i.unit}，达标概率 {chance}{need}；"
    "责任单位：{i.owners}。",
    "Least likely: {i.name}, target {t.target} ({i.unit}) for {t.year}, probability {chance}{need}; "
    "responsible: {i.owners}.",
)
NEED_PACE = Text("，需{t.required}", ", needs {t.required}")
NOT_TOGETHER = Text(
    "{out} 项指标都没有概率，无法说明一起完成多少。",
    "None of {out} indicators has a probability, so nothing is said of all together.",
)
TOGETHER = Text(
    "{j.year} 年，{n} 项有概率的指标预计完成 {j.expected:.1f} 项（80% 区间 {low}–{high} 项），"
    "全部完成的概率 {chance}{open}（假设指标间相关系数 {j.rho:g}）。",
    "In {j.year}, {j.expected:.1f} of the {n} indicators with a probability are expected to be met "
    "(80% interval {low} to {high}), all of them with probability {chance}{open} "
    "(correlation between indicators assumed {j.rho:g}).",
)
TOGETHER_OPEN = Text("；另 {out} 项没有概率，不计", "; {out} without one left out")
NOTHING_OWED = Text("各指标历史数据齐全。", "No historical figure is missing.")
OWED_TOLD = Text("{n} 项指标待报数据：{units}。", "Indicators with data owed: {n}, from {units}.")
OWED_BY_UNIT = Text("{unit} {n} 项", "{unit} ({n})")
OWED_NUMBER = Text("待报数据的指标 {n} 项，见报告全文。", "Indicators with data owed: {n}, see the report.")

# --- what changed -----------------------------------------------------------------------------

NO_EARLIER = Text(
    "没有可比的上次运行，本次作为基准。", "No earlier run to compare with; this one is the base."
)
NO_CHANGE = Text(
    "与上次（数据截至 {day}）相比，各目标的判断没有变化。",
    "No verdict changed since the last run (as of {day}).",
)
CHANGED = Text(
    "与上次（数据截至 {day}）相比，{n} 个目标的判断有变化：{told}。",
    "Verdicts that changed since the last run (as of {day}): {n}. {told}.",
)
CHANGED_FROM_TO = Text(
    "{name} {c.year} 年由{c.before}变为{c.after}，{c.cause}",
    "{name} {c.year} from {c.before} to {c.after}, {c.cause}",
)
MORE_INDICATORS = Text("另有 {n} 项指标", "and {n} more")
QUIET_NEWS = Text("有新数字而判断未变的：{told}。", " New figures that changed no verdict: {told}.")
CHANGED_SHORT = Text(
    "比上次（{day}）有 {n} 个目标的判断变化：{names}", "verdicts changed since {day}: {n} ({names})"
)
NO_CHANGE_SHORT = Text("与上次（{day}）相比，各目标的判断没有变化", "no verdict changed since {day}")
QUIET_SHORT = Text("另有新数字：{names}", "new figures: {names}")
AND_OTHERS = Text("等", " and others")
CHANGED_NUMBER = Text("判断有变化的目标 {n} 个。", "Verdicts that changed: {n}.")
NEW_TARGET = Text("目标由 {was} 改为 {new}", "target {was} is now {new}")
NEW_GRADE = Text("证据等级 {was}→{new}", "evidence grade {was} to {new}")
NEW_LATEST = Text("最新数字 {new}（{day}）", "latest figure {new} ({day})")
NEW_COUNT = Text("参与测算的数字 {was}→{new} 个", "figures used: {was} to {new}")
NEW_DAY = Text("截止日期 {was} → {new}", "as of {was}, now {new}")
NEW_MODEL = Text("模型 {was} → {new}", "model {was}, now {new}")
NEW_METHOD = Text("数字、日期、模型未变，方法有更新", "same figures, day and model: the method is newer")
SAME_FIGURES = Text("数字未变；", "same figures; ")

# --- indicators at risk -----------------------------------------------------------------------

RISK_SHORT = Text(
    "{i.short}（{i.owners}），{t.year} 年 {t.target} {i.unit}，概率 {chance}{need}",
    "{i.short} ({i.owners}), {t.target} by {t.year}, chance {chance}{need}",
)
RISK_LISTED = Text("{ordinal}是{text}", "({n}) {text}")
RISKS_LEFT = Text("另有 {n} 项，见报告全文。", " {n} more: see the report.")
HOW_HARD = Text("{year} 年目标的难度", "How hard {year} is")
LEVERS = Text("抓手（方案任务）", "Levers (tasks of the plan)")
NO_LEVER = Text(
    "方案任务清单中，没有一项同类任务由本指标的责任单位负责",
    "the plan gives these units no task under this action",
)
BASIS = Text("依据", "Evidence")
DASH = Text("“—”表示无法给出概率。", "A dash: no probability can be given. ")
SLIDE_LABEL = Text(
    "指标 {i.number}　{i.named}　证据等级 {i.grade}",
    "Indicator {i.number}: {i.named}, evidence grade {i.grade}",
)
CONTEXT_SOURCES = Text(
    "；另有 {n} 个来源只作背景，见报告和工作簿", "; {n} more for context, see the report and the workbook"
)
WEIGHTED_SOURCES = Text("以上为参与测算的数字的来源", "Sources of figures that carry weight")
PLACE_OF_SOURCE = Text("来源 {n}", "No. {n}")

# --- paces and latest figures -----------------------------------------------------------------

A_YEAR = Text("每年 {step}", "{step} a year")
PLAN_STEP = Text("每年 {step}（方案步长）", "{step} a year (the plan's step)")
BY_YEAR_END = Text("年底前 {step}", "{step} by the end of {year}")
REACHED = Text("现值已达到", "met already")
REACHED_IN = Text("{year} 年已达到", "met in {year}")
PERCENTAGE_POINTS = Text("个百分点", "points")
NOT_KNOWN = Text("无数", "not known")
YEAR_BEFORE = Text("上年同期{was}", "a year before {was}")
SHARE_DONE = Text("完成{share}", "{share} of the target")
SHARE_USED = Text("为目标的{share}", "{share} of the target")
ABOVE_TARGET = Text("高于目标{gap}个百分点", "{gap} points above the target")
BELOW_TARGET = Text("低于目标{gap}个百分点", "{gap} points below the target")
TO_RECONCILE = Text("{every} 待核对，暂以{counts}为准", "{every} to be reconciled, {counts} counts for now")

# --- scenarios --------------------------------------------------------------------------------

NOT_RUN = Text("没有推演的情景", "Scenarios that were not run")
ALL_RUN = Text("全部情景都已推演", "every scenario was run")

# --- units ------------------------------------------------------------------------------------

UNIT_TARGET = Text("{year} 年目标 {goal}", "target {goal} for {year}")
UNIT_REQUIRED = Text("所需进度：{pace}", "required pace: {pace}")
NO_INDICATOR = Text("方案没有指标由本单位负责", "no indicator of the plan is this unit's")
NO_COMMITMENT = Text("方案没有量化承诺由本单位负责", "no quantified commitment is this unit's")
NO_TASK = Text("方案没有任务由本单位负责", "no task of the plan is this unit's")
NO_REQUEST = Text("没有欠报的数据", "nothing is owed")
NOBODY_NAMED = Text("方案未列", "none named")
COUNTED_FOR_EACH = Text(
    "共同负责的指标和目标在每个单位各计一次", "What several units share counts for each of them"
)
YEAR_NOT_STATED = Text(
    "* 期限取方案最后一年，原文没有写明。", "* The plan states no year; its last is taken."
)

# --- method and trust -------------------------------------------------------------------------

LEARNING_MODEL = Text(
    "模型：{name}。从 {series} 条公开年度序列中学到一般走势，再用本指标的少量数字更新，"
    "给出各年数值的概率分布；达标概率是分布中达到目标的比例。",
    "Model: {name}. It learns how yearly series behave from {series:,} public ones, updates that by the "
    "indicator's few figures, and gives each year's value as a distribution; the probability is the share "
    "of it that meets the target.",
)
OTHER_MODEL = Text(
    "模型：{name}。达标概率是预测分布中达到目标的比例。",
    "Model: {name}. The probability is the share of its forecast that meets the target.",
)
FIGURES_USED = Text(
    "数字：非精确数（超、近、约、余）按其措辞所允许的范围计入；口径或地域不同的数字只说明增速，"
    "不说明水平；没有方案口径的水平数字，就不给概率，只列所需进度和待报数据。",
    "Figures: an inexact one counts as the range its wording allows; one of another definition or area "
    "informs growth, not the level; without a figure that fixes the level no probability is given, only "
    "the required pace and the data owed.",
)
WORDS_USED = Text(
    "用词：{scale}。低于 {limit} 的目标列为有风险。", "Words: {scale}. A target below {limit} is at risk."
)
PACE_COUNTED = Text(
    "所需进度从最近一个可比数字算起；可比序列指同一批公开序列。随机种子 {seed}，同样的输入得到同样的数字。",
    "The required pace counts from the latest comparable figure; comparable series are the same public "
    "ones. Seed {seed}: the same inputs give the same numbers.",
)
CALIBRATED = Text(
    "概率的可信度：在 {series:.0f} 条公开序列上用 {n:.0f} 个数据点检验，80% 区间实际覆盖 {coverage80:.0%}，"
    "达标概率与实际达标率平均相差 {points:.0f} 个百分点。",
    "Trust: tested on {series:.0f} public series with {n:.0f} points of history, the 80% interval held "
    "{coverage80:.0%} of outcomes and probabilities were off by {points:.0f} percentage points on average.",
)
CALIBRATED_SHORT = Text(
    "经公开序列检验，80% 区间实际覆盖 {coverage80:.0%}。",
    "On public series the 80% interval held {coverage80:.0%} of outcomes.",
)
UNTESTED = Text(
    "概率的可信度：本模型没有在这样短的历史上检验过，概率只作参考。",
    "Trust: this model was not tested on histories this short; take its probabilities as a guide.",
)
UNTESTED_SHORT = Text("概率未经检验，只作参考。", "The probabilities are untested: a guide only.")
NOTHING_TO_CALIBRATE = Text("没有概率，无从校准。", "No probability, nothing to calibrate.")
CALIBRATED_AT = Text(
    "公开序列上只给 {n:.0f} 个数字时：80% 区间实际覆盖 {coverage80:.0%}，95% 区间 {coverage95:.0%}，"
    "概率平均偏差 {ece:.1%}。",
    "On public series with {n:.0f} figures: the 80% interval covered {coverage80:.0%}, the 95% interval "
    "{coverage95:.0%}; probabilities were {ece:.1%} off on average.",
)
CALIBRATION_SOURCE = Text("来源：{text}", "Source: {text}")
UNCONFIRMED = Text("界线未核实", "cut-offs unconfirmed")
DECISIVE = Text("决定性", "decisive")
OTHER_FIGURES = Text("其余 {n} 个数字", "{n} other figures")
ALL_YEARS = Text("各年全部", "all years")
