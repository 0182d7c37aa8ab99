"""The deck (.pptx): what leadership is shown, slide by slide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pptx.enum.chart import XL_CHART_TYPE

from zerobay_analysis.assessment.outlook import NO_VERDICT, VERDICTS
from zerobay_analysis.briefing.content import Briefing, IndicatorLine, TargetLine
from zerobay_analysis.briefing.pictures import SLIDE, Pictures
from zerobay_analysis.briefing.slides import (
    BOTTOM,
    HEIGHT,
    LEFT,
    LINE,
    PAD,
    TOP,
    WIDTH,
    Box,
    Cell,
    Column,
    Deck,
    lines,
    row_height,
    table_pages,
)
from zerobay_analysis.charts import style

if TYPE_CHECKING:
    from pptx.slide import Slide

__all__ = ["deck_bytes"]

ROOM = HEIGHT - TOP - BOTTOM - 0.05
"""Height between title and foot, in inches."""
ACROSS = WIDTH - 2 * LEFT
LEAST_SIZE = 9.0
"""Smallest type of a table, in points."""
SUMMARY_SIZES = (15.0, 14.0, 13.0, 12.0, 11.5, 11.0, 10.5, 10.0, 9.5, 9.0)
"""Sizes of type that the summary tries, in points."""
SCENARIO_SIZES = (10.5, 10.0, 9.5, 9.0, 8.5)
"""Sizes of type that a table of scenarios tries, in points."""
NOTE_SIZES = (13.0, 12.0, 11.5, 11.0, 10.5, 10.0, 9.5, 9.0, 8.5)
"""Sizes of type that the notes beside a fan try, in points."""
EVIDENCE = 0.5
"""Height of the line of evidence below a fan."""
NOTE = 0.55
"""Height of the note below a table."""


def deck_bytes(briefing: Briefing, pictures: Pictures) -> bytes:
    """Bytes of the deck."""
    deck = Deck(
        lang=briefing.lang,
        title=briefing.title,
        foot=briefing.subtitle.replace("　", " · "),
        banner=briefing.synthetic,
    )
    _title(deck, briefing)
    _summary(deck, briefing)
    _heat(deck, briefing)
    for indicator in briefing.at_risk:
        _risk(deck, briefing, indicator, pictures)
    _changes(deck, briefing)
    _owed(deck, briefing)
    _method(deck, briefing)
    _detail(deck, briefing)
    _sources(deck, briefing)
    return deck.saved()


def _title(deck: Deck, briefing: Briefing) -> None:
    slide = deck.slide(briefing.title, first=True)
    deck.text(slide, [briefing.subtitle], Box(LEFT, 3.05, ACROSS, 0.6), (16, 14, 12), style.MUTED)
    deck.text(slide, [briefing.headline], Box(LEFT, 4.0, ACROSS, 1.0), (26, 24, 22, 20, 18), style.MEDIAN)
    run = briefing.say(f"运行编号 {briefing.run_id}", f"Run {briefing.run_id}")
    deck.text(slide, [run], Box(LEFT, 5.2, ACROSS, 0.4), (12,), style.MUTED)


def _summary(deck: Deck, briefing: Briefing) -> None:
    slide = deck.slide(briefing.headline)
    figure, width = 1.75, 5.9
    size, heights = _answer_heights(briefing, width, figure + width)
    y = TOP
    for answer, height in zip(briefing.answers, heights, strict=True):
        deck.text(slide, [answer.question], Box(LEFT, y, figure, 0.32), (11, 10, 9), style.MUTED)
        deck.text(slide, [answer.figure], Box(LEFT, y + 0.28, figure, 0.55), (26, 24), style.MEDIAN)
        deck.text(slide, [answer.text], Box(LEFT + figure, y, width, height), (size,))
        y += height
    rest = Box(LEFT, y, figure + width, TOP + ROOM - y)
    deck.text(slide, briefing.more_points, rest, (size - 1,), style.MUTED, gap=4)
    x = LEFT + figure + width + 0.2
    _verdict_chart(deck, briefing, slide, Box(x, TOP, WIDTH - LEFT - x, ROOM))


def _answer_heights(briefing: Briefing, width: float, across: float) -> tuple[float, list[float]]:
    """Largest size at which the four answers and the further findings fill a slide, and the answers' heights.

    The further findings are ``across`` wide and one point smaller.
    """
    size, heights = SUMMARY_SIZES[0], [0.0]
    for size in SUMMARY_SIZES:
        heights = [max(0.88, _text_height([a.text], width, size) + 0.08) for a in briefing.answers]
        more = _text_height(briefing.more_points, across, size - 1, gap=4)
        if sum(heights) + more <= ROOM:
            break
    return size, heights


def _text_height(texts: Sequence[str], width: float, size: float, gap: float = 0.0) -> float:
    """Inches that paragraphs take in a box of ``width`` inches."""
    count = sum(lines(text, width - 2 * PAD, size) for text in texts)
    return (count * size * LINE + gap * (len(texts) - 1)) / 72 + 2 * PAD


def _verdict_chart(deck: Deck, briefing: Briefing, slide: Slide, box: Box) -> None:
    """How many targets of each year have which verdict."""
    counts = {year: briefing.verdict_counts(year) for year in briefing.years}
    series = [
        (
            f"{v.symbol} {v.word(briefing.lang)}",
            [counts[year][v.key] or None for year in briefing.years],
            v.colour,
        )
        for v in (*VERDICTS, NO_VERDICT)
        if any(counts[year][v.key] for year in briefing.years)
    ]
    heading = briefing.say("各年度目标的前景（个）", "Targets by outlook and year (number)")
    deck.text(slide, [heading], Box(box.x, box.y, box.width, 0.4), (13, 12, 11), style.MUTED)
    deck.bars(
        slide,
        XL_CHART_TYPE.COLUMN_STACKED,
        [briefing.say(f"{year}年", str(year)) for year in briefing.years],
        series,
        Box(box.x, box.y + 0.4, box.width, box.height - 0.4),
        f"{heading}: {briefing.counts_text}",
        number_format="0",
    )


def _heat(deck: Deck, briefing: Briefing) -> None:
    s = briefing.say
    columns = [
        Column("#", 0.45, "right"),
        Column(s("指标（单位）", "Indicator (unit)"), 2.6),
        Column(s("等级", "Grade"), 0.65, "center"),
        *(Column(s(f"{year}年　目标 / 概率", f"{year}: target / chance"), 1.98) for year in briefing.years),
        Column(s("责任单位", "Owners"), ACROSS - 9.64),
    ]
    full, short = (
        [
            [
                Cell(str(i.number)),
                Cell(i.named if long else f"{i.short} ({i.unit})"),
                Cell(i.grade.value),
                *(_verdict_cell(line, f"{line.target}  {line.verdict}") for line in i.lines),
                Cell(i.owners),
            ]
            for i in briefing.indicators
        ]
        for long in (True, False)
    )
    rows = full if len(table_pages(full, columns, ROOM - NOTE, 11.5)) == 1 else short
    title = s(
        "全部指标一览：目标、达标概率与证据等级", "All indicators: target, probability and evidence grade"
    )
    _tables(deck, title, columns, rows, 11.5, note=briefing.method.grades)


def _risk(deck: Deck, briefing: Briefing, indicator: IndicatorLine, pictures: Pictures) -> None:
    s, zh = briefing.say, briefing.lang == "zh"
    slide = deck.slide(indicator.finding)
    picture = pictures.fan(indicator.number, SLIDE, titled=False)
    chart = Box(LEFT, TOP + 0.4, 6.6, ROOM - 0.4 - EVIDENCE)
    label = s(
        f"指标 {indicator.number}　{indicator.named}　证据等级 {indicator.grade}",
        f"Indicator {indicator.number}: {indicator.named}, evidence grade {indicator.grade}",
    )
    deck.text(slide, [label], Box(LEFT, TOP, 6.6, 0.38), (13, 12, 11, 10), style.MUTED)
    deck.picture(slide, picture.png, chart, picture.description)
    x, width = LEFT + 6.75, ACROSS - 6.75
    columns = [
        Column(s("年份", "Year"), 0.54),
        Column(s("目标", "Target"), 0.68, "right"),
        Column(s("达标概率", "Chance"), 1.22 if zh else 1.52),
        Column(s("80% 区间", "80% interval"), 1.06),
        Column(s("所需进度", "Needed"), width - (3.5 if zh else 3.8)),
    ]
    rows = [
        [
            Cell(str(line.year)),
            Cell(line.target),
            _verdict_cell(line, line.verdict),
            Cell(line.interval),
            Cell(line.required),
        ]
        for line in indicator.lines
    ]
    used = deck.table(slide, columns, rows, (x, TOP), 10.5, indicator.finding)
    *notes, evidence = (f"{name}{s('：', ': ')}{text}" for name, text in briefing.risk_notes(indicator))
    below = TOP + ROOM - EVIDENCE
    deck.text(slide, [evidence], Box(LEFT, below, 6.6, EVIDENCE), (11, 10, 9, 8.5), style.MUTED)
    room = ROOM - used - 0.1
    size, taken = _fitting_scenarios(briefing, indicator, notes, width, room)
    deck.text(slide, notes, Box(x, TOP + used + 0.06, width, room - taken), NOTE_SIZES, gap=3)
    if indicator.scenarios:
        columns, rows = _scenario_table(briefing, indicator, width)
        title = s(f"{indicator.short}：情景", f"{indicator.short}: scenarios")
        deck.table(slide, columns, rows, (x, TOP + ROOM - taken), size, title)


def _scenario_table(
    briefing: Briefing, indicator: IndicatorLine, width: float
) -> tuple[list[Column], list[list[Cell]]]:
    """What the scenarios do to the chances of an indicator."""
    heading = briefing.say("如果……达标概率（百分点）", "What if: chance (change in points)")
    columns = [Column(heading, width - 3 * 0.86)]
    columns += [Column(str(year), 0.86, "right") for year in briefing.years]
    return columns, [[Cell(row.label), *map(Cell, row.chances)] for row in indicator.scenarios]


def _fitting_scenarios(
    briefing: Briefing, indicator: IndicatorLine, notes: Sequence[str], width: float, room: float
) -> tuple[float, float]:
    """Largest size of the table of scenarios that leaves room for the notes, and its height."""
    if not indicator.scenarios:
        return SCENARIO_SIZES[0], 0.0
    columns, rows = _scenario_table(briefing, indicator, width)
    grid = [[Cell(column.heading) for column in columns], *rows]
    size, taken = SCENARIO_SIZES[0], 0.0
    for size, least in zip(SCENARIO_SIZES, (11.0, 10.5, 10.0, 9.0, NOTE_SIZES[-1]), strict=True):
        taken = sum(row_height(cells, columns, size) for cells in grid)
        if taken + _text_height(notes, width, least, gap=3) <= room:
            break
    return size, taken


def _changes(deck: Deck, briefing: Briefing) -> None:
    s = briefing.say
    title = s("与上次相比的变化", "What changed since the last run")
    if not briefing.changes:
        return  # the summary says so
    names = {line.number: line.short for line in briefing.indicators}
    columns = [
        Column(s("指标", "Indicator"), 2.6),
        Column(s("年份", "Year"), 0.8),
        Column(s("上次", "Before"), 2.3),
        Column(s("本次", "Now"), 2.3),
        Column(s("原因", "Cause"), ACROSS - 8.0),
    ]
    rows = [
        [
            Cell(f"{c.indicator} {names[c.indicator]}"),
            Cell(str(c.year)),
            Cell(c.before),
            Cell(c.after),
            Cell(c.cause),
        ]
        for c in briefing.changes
    ]
    _tables(deck, title, columns, rows, 11)


def _owed(deck: Deck, briefing: Briefing) -> None:
    s = briefing.say
    columns = [
        Column("#", 0.55, "right"),
        Column(s("责任单位", "Owners"), 3.6),
        Column(s("请提供", "Please send"), ACROSS - 4.15),
    ]
    rows = [[Cell(str(line.number)), Cell(line.owners), Cell(line.request)] for line in briefing.owed]
    rows += [
        [Cell(c.id), Cell(s("、", ", ").join(c.owners)), Cell(c.missing(briefing.lang))]
        for c in briefing.commitments
        if c.missing()
    ]
    if rows:
        title = s("数据缺口：请谁提供什么", "Data owed: who is asked for what")
        _tables(deck, title, columns, rows, 12, note=briefing.owed_text)


def _method(deck: Deck, briefing: Briefing) -> None:
    s, method = briefing.say, briefing.method
    slide = deck.slide(
        s("概率怎样得来、可信到什么程度", "How the probabilities are made, and how far to trust them")
    )
    width = 6.6 if method.rows else ACROSS
    texts = [*method.paragraphs, method.trust, method.grades, method.provenance]
    deck.text(slide, texts, Box(LEFT, TOP, width, ROOM), (14, 13, 12, 11, 10, 9), gap=6)
    if not method.rows:
        return
    x = LEFT + width + 0.3
    across = WIDTH - LEFT - x
    heading = s(
        f"说的概率与实际达标比例（{method.points} 个数据点的公开序列）",
        f"Said and observed (public series, points of history: {method.points})",
    )
    deck.text(slide, [heading], Box(x, TOP, across, 0.4), (13, 12, 11, 10), style.MUTED)
    asked = [row for row in method.rows if row.observed is not None]
    said = [(row.low + row.high) / 2 for row in asked]
    deck.bars(
        slide,
        XL_CHART_TYPE.COLUMN_CLUSTERED,
        [f"{row.symbol} {row.word} {row.range}" for row in asked],
        [
            (s("所说概率（中点）", "said (middle)"), said, style.BAND_COLOURS[0.80]),
            (s("实际达标比例", "observed"), [row.observed for row in asked], style.MEDIAN),
        ],
        Box(x, TOP + 0.4, across, ROOM - 0.4),
        f"{heading}: " + "; ".join(f"{r.word} {r.observed:.0%} (n={r.count})" for r in asked),
        number_format="0%",
        top=1.1,
    )


def _detail(deck: Deck, briefing: Briefing) -> None:
    s = briefing.say
    columns = [
        Column(s("指标", "Indicator"), 2.4),
        Column(s("年份", "Year"), 0.65),
        Column(s("目标", "Target"), 0.85, "right"),
        Column(s("达标概率", "Probability"), 1.75),
        Column(s("中位数", "Median"), 0.85, "right"),
        Column(s("80% 区间", "80% interval"), 1.35, "right"),
        Column(s("所需进度", "Needed"), 2.45),
        Column(s("可比序列做到的比例", "Comparable series as fast"), ACROSS - 10.3, "right"),
    ]
    rows = [
        [
            Cell(f"{i.number} {i.short}"),
            Cell(str(line.year)),
            Cell(line.target),
            _verdict_cell(line, line.verdict),
            Cell(line.median),
            Cell(line.interval),
            Cell(line.required),
            Cell(line.reference_share),
        ]
        for i in briefing.indicators
        for line in i.lines
    ]
    _tables(deck, s("附：各目标测算明细", "Annex: every target in figures"), columns, rows, 9.5)


def _sources(deck: Deck, briefing: Briefing) -> None:
    s = briefing.say
    columns = [
        Column(s("编号", "Id"), 0.7),
        Column(s("发布者", "Publisher"), 3.6),
        Column(s("标题", "Title"), ACROSS - 6.5),
        Column(s("日期", "Date"), 2.2),
    ]
    weighted = [source for source in briefing.sources if source.weighted]
    rows = [[Cell(x.id), Cell(x.publisher), Cell(x.title), Cell(x.published)] for x in weighted]
    others = len(briefing.sources) - len(weighted)
    note = s("以上为参与测算的数字的来源", "Sources of figures that carry weight")
    if others:
        note += s(
            f"；另有 {others} 个来源只作背景，见报告和工作簿",
            f"; {others} more {'gives' if others == 1 else 'give'} context, see the report and the workbook",
        )
    note += s("。", ".")
    if rows:
        _tables(deck, s("来源", "Sources"), columns, rows, 10.5, note=note)


def _tables(
    deck: Deck,
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    size: float,
    note: str = "",
) -> None:
    """A table over as few slides as it takes at ``size`` or a little less, its rows spread evenly."""
    below = NOTE if note else 0.0
    layouts = [(tried, table_pages(rows, columns, ROOM - below, tried)) for tried in _sizes(size)]
    fewest = min(len(pages) for _, pages in layouts)
    size, pages = next(layout for layout in layouts if len(layout[1]) == fewest)
    for index, page in enumerate(pages, start=1):
        slide = deck.slide(title if len(pages) == 1 else f"{title} ({index}/{len(pages)})")
        needed = [row_height(row, columns, size) for row in page]
        spare = ROOM - below - row_height([Cell(c.heading) for c in columns], columns, size) - sum(needed)
        roomy = min(0.45, max(needed) + max(0.0, spare) / len(page)) if len(pages) == 1 else 0.0
        if sum(max(roomy, height) for height in needed) > ROOM - below - 0.3:
            roomy = 0.0
        used = deck.table(slide, columns, page, (LEFT, TOP), size, title, row=roomy)
        if note and index == len(pages):
            deck.text(
                slide, [note], Box(LEFT, TOP + used + 0.08, ACROSS, below - 0.08), (11, 10, 9, 8), style.MUTED
            )


def _sizes(size: float) -> tuple[float, ...]:
    """Sizes to try round the usual one, largest first: as large as the fewest slides allow."""
    steps = (2.0, 1.5, 1.0, 0.5, 0.0, -0.5, -1.0, -1.5)
    return tuple(size + step for step in steps if size + step >= LEAST_SIZE)


def _verdict_cell(line: TargetLine, text: str) -> Cell:
    """A verdict on its colour; one without a probability in plain grey."""
    verdict = line.outlook.verdict
    if line.outlook.p_met is None:
        return Cell(text, "", style.MUTED)
    return Cell(text, verdict.colour, style.text_on(verdict.colour))
