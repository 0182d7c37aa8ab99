"""The paper: a leadership page of one page and a full report, as blocks that PDF and Word share.

Layout follows GB/T 9704-2012 (党政机关公文格式): A4, 37 mm above and 28 mm left of a text block of
156 by 225 mm, 22 lines of 28 characters, title in size 2 (22 pt), body in size 3 (16 pt), headings
一、（一）1.（1）. The PDF is set by Typst with the two fonts of the pinned font package, in the place of
the official typefaces that cannot be shipped; the Word file names the official ones.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from zerobay_analysis.briefing.content import Briefing, IndicatorLine, TargetLine
from zerobay_analysis.briefing.pictures import PAGE, Picture, Pictures
from zerobay_analysis.briefing.words import unlisted
from zerobay_analysis.charts import style
from zerobay_analysis.charts.words import percent
from zerobay_analysis.files.disk import ScratchFolder

__all__ = ["TEMPLATES", "Block", "Cell", "Column", "leadership", "pdf_bytes", "report"]

SPARE = 2
"""Lines of the page for leadership that stay free."""
MOST_NAMES = 3
"""Indicators that changed which the page for leadership names at most."""
MOST_RISKS = 11
"""Indicators at risk that the page for leadership names at most."""
LONGEST_ID = 16
"""Characters of a source's id that stand in a column of the annex."""
TEMPLATES = Path(__file__).parent / "templates"
TYPE = {"zh": (16.0, 22), "en": (12.0, 35)}
"""Size of the body in points and lines of a page: size 3 and 22 for Chinese, as the standard says."""
TEXT_HEIGHT = 225 / 25.4 * 72
TEXT_WIDTH = 156 / 25.4 * 72
"""Width of the text block in points."""


@dataclass(frozen=True)
class Cell:
    """One cell of a table; colours as ``#rrggbb``, empty for the usual ones."""

    text: str
    fill: str = ""
    colour: str = ""


@dataclass(frozen=True)
class Column:
    """One column of a table: heading, share of the width, alignment."""

    heading: str
    share: float
    align: str = "left"


@dataclass(frozen=True)
class Block:
    """One part of a paper.

    Attributes
    ----------
    kind : str
        ``h1``, ``h2``, ``par``, ``note``, ``table``, ``picture`` or ``annex``.
    text : str
        Of a picture its text alternative.
    columns, rows, size
        Of a table; ``size`` is that of its type in points.
    picture : Picture or None
    """

    kind: str
    text: str = ""
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    size: float = 10.5
    picture: Picture | None = None


def leadership(briefing: Briefing) -> list[Block]:
    """Blocks of the page for leadership: as many targets at risk as one page holds.

    The PDF decides, with :data:`SPARE` lines left over for other fonts and another program. Where not
    even one target fits, what changed and what is owed shrink to their numbers, then the spare lines go.
    """
    most = min(MOST_RISKS, len(briefing.at_risk))
    for brief, spare in ((False, SPARE), (True, SPARE), (True, 0)):
        fits = partial(_fits, briefing, brief=brief, spare=spare)
        if not fits(min(1, most)):
            continue
        least, greatest = min(1, most), most
        while least < greatest:
            middle = (least + greatest + 1) // 2
            least, greatest = (middle, greatest) if fits(middle) else (least, middle - 1)
        return _leadership(briefing, least, brief=brief)
    return _leadership(briefing, 0, brief=True)


def _fits(briefing: Briefing, count: int, *, brief: bool, spare: int) -> bool:
    lines = [Block("par", "\u3000")] * spare
    return _pages(briefing, [*_leadership(briefing, count, brief=brief), *lines]) == 1


def report(briefing: Briefing, pictures: Pictures) -> list[Block]:
    """Blocks of the full report."""
    return [
        *_overall(briefing),
        *_risks(briefing, pictures),
        *_others(briefing, pictures),
        *_changes(briefing),
        *_owed(briefing),
        *_method(briefing),
        *_annexes(briefing),
    ]


def pdf_bytes(briefing: Briefing, blocks: Sequence[Block]) -> bytes:
    """Set blocks as a PDF, without network and without fonts of the machine."""
    with _sources(briefing, blocks) as (source, options):
        import typst

        found: bytes = typst.compile(source, format="pdf", **options)
        return found


def _pages(briefing: Briefing, blocks: Sequence[Block]) -> int:
    """Pages that blocks take as a PDF."""
    with _sources(briefing, blocks) as (source, options):
        import typst

        found = typst.query(source, "<pages>", field="value", one=True, **options)
        return int(json.loads(found))


@contextmanager
def _sources(briefing: Briefing, blocks: Sequence[Block]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Template, data and pictures in a folder of their own, and the fonts to set them with."""
    from pylopdf_fonts_zh_cn import sans_path

    with ScratchFolder() as folder:
        data = {
            "lang": briefing.lang,
            "title": briefing.title,
            "subtitle": briefing.subtitle,
            "synthetic": briefing.synthetic,
            "blocks": [_plain(block, index, folder) for index, block in enumerate(blocks)],
        }
        (folder / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        source = folder / "paper.typ"
        source.write_bytes((TEMPLATES / "paper.typ").read_bytes())
        fonts = [str(Path(sans_path()).parent)]
        yield str(source), {"root": str(folder), "font_paths": fonts, "ignore_system_fonts": True}


def _plain(block: Block, index: int, folder: Path) -> dict[str, object]:
    """A block as JSON; its picture as a file beside it."""
    plain: dict[str, object] = {
        "kind": block.kind,
        "text": block.text,
        "columns": [asdict(column) for column in block.columns],
        "rows": [[asdict(cell) for cell in row] for row in block.rows],
        "size": block.size,
        "file": "",
    }
    if block.picture is not None:
        plain["file"] = f"picture{index}.svg"
        (folder / f"picture{index}.svg").write_bytes(block.picture.svg)
    return plain


def _leadership(briefing: Briefing, count: int, *, brief: bool) -> list[Block]:
    s = briefing.say
    shown = briefing.at_risk[:count]
    more = len(briefing.at_risk) - len(shown)
    news = _numbers(briefing) if brief else (_news(briefing), briefing.owed_text)
    blocks = [
        Block("par", f"{briefing.headline}{s('。', '.')}"),
        _heat_table(briefing, owners=False),
        Block("h1", s("一、需要抓紧的指标", "1. Indicators at risk")),
    ]
    if shown or more:
        listed = [
            s(f"{_chinese(n)}是{sentence}", f"({n}) {sentence}")
            for n, sentence in enumerate((_risk_sentence(briefing, i) for i in shown), start=1)
        ]
        rest = s(f"另有 {more} 项，见报告全文。", f" {more} more: see the report.") if more else ""
        blocks.append(Block("par", f"{s('；', '; ').join(listed)}{s('。', '.')}{rest}"))
    else:
        blocks.append(Block("par", briefing.risks_text))
    blocks += [
        Block("h1", s("二、变化、数据与可信程度", "2. Changes, data and trust")),
        Block("par", s("", " ").join((*news, briefing.method.trust_short))),
    ]
    return blocks


def _news(briefing: Briefing) -> str:
    """What changed, in a line; the report tells it in full."""
    n, s = len(briefing.changes), briefing.say
    if briefing.earlier is None or not (n or briefing.news):
        return briefing.changes_text
    day = briefing.earlier.as_of
    changed = {change.indicator for change in briefing.changes}
    quiet = [number for number, _ in briefing.news if number not in changed]
    said = [
        s(
            f"比上次（{day}）有 {n} 个目标的判断变化：{_names(briefing, changed)}",
            f"{n} target{'s stand' if n > 1 else ' stands'} differently since {day}: "
            f"{_names(briefing, changed)}",
        )
        if n
        else s(f"与上次（{day}）相比，各目标的判断没有变化", f"No verdict changed since {day}")
    ]
    if quiet:
        said.append(s(f"另有新数字：{_names(briefing, quiet)}", f"new figures: {_names(briefing, quiet)}"))
    return s("；", "; ").join(said) + s("。", ".")


def _names(briefing: Briefing, numbers: Collection[int]) -> str:
    """Short names of the first few indicators."""
    named = [line.short for line in briefing.indicators if line.number in numbers]
    zh, en = "、".join(named[:MOST_NAMES]), ", ".join(named[:MOST_NAMES])
    more = len(named) > MOST_NAMES
    return briefing.say(zh + "等" * more, en + " and others" * more)


def _numbers(briefing: Briefing) -> tuple[str, str]:
    """How much changed and how much is owed, where there is no room to say what."""
    s, changed, owed = briefing.say, len(briefing.changes), len(briefing.owed)
    return (
        s(f"判断有变化的目标 {changed} 个。", f"Targets that stand differently: {changed}."),
        s(f"待补报数据的指标 {owed} 项，见报告全文。", f"Indicators with data owed: {owed}, see the report."),
    )


def _risk_sentence(briefing: Briefing, indicator: IndicatorLine) -> str:
    """One indicator at risk: its units, its last target at risk, chance and pace."""
    s, line = briefing.say, indicator.at_risk[-1]
    chance = percent(line.outlook.p_met or 0.0)
    needed = line.pace.per_year is not None and not line.pace.reached
    need = s(f"，需{line.required}", f", needs {line.required}") if needed else ""
    return s(
        f"{indicator.short}（{indicator.owners}），{line.year} 年 {line.target} {indicator.unit}，"
        f"概率 {chance}{need}",
        f"{indicator.short} ({indicator.owners}), {line.target} by {line.year}, chance {chance}{need}",
    )


def _heat_table(briefing: Briefing, *, owners: bool) -> Block:
    """All indicators on a page; one without a probability shows a dash, which a note explains."""
    s, zh = briefing.say, briefing.lang == "zh"
    widths = ((23, 23) if zh else (22, 25)) if owners else ((27, 25) if zh else (24, 27))
    columns = [
        Column("", 5.5, "right"),
        Column(s("指标（单位）", "Indicator"), widths[0]),
        *(Column(s(f"{year} 年", str(year)), widths[1]) for year in briefing.years),
        Column(s("等级", "Grade"), 8, "center"),
    ]
    if owners:
        columns.append(Column(s("责任单位", "Owners"), 17))
    rows = []
    for i in briefing.indicators:
        row = [Cell(str(i.number)), Cell(s(f"{i.short}（{i.unit}）", i.short))]
        row += [_verdict(t, f"{t.target}  {t.verdict if i.judged else '—'}") for t in i.lines]
        row.append(Cell(i.grade.value))
        if owners:
            row.append(Cell("\n".join(i.outlook.indicator.owners)))
        rows.append(tuple(row))
    return Block("table", columns=tuple(columns), rows=tuple(rows), size=9.0 if zh else 8.0)


def _overall(briefing: Briefing) -> list[Block]:
    s = briefing.say
    return [
        Block("h1", s("一、总体判断", "1. Overall")),
        Block("par", f"{briefing.headline}{s('。', '.')}"),
        _heat_table(briefing, owners=True),
        Block("note", f"{_dash(briefing)}{briefing.method.grades}"),
        *(Block("par", point) for point in briefing.points),
    ]


def _dash(briefing: Briefing) -> str:
    """What a dash in place of a probability means."""
    return briefing.say("“—”表示无法给出概率。", "A dash: no probability can be given. ")


def _risks(briefing: Briefing, pictures: Pictures) -> list[Block]:
    s = briefing.say
    blocks = [Block("h1", s("二、有风险的指标", "2. Indicators at risk"))]
    if not briefing.at_risk:
        blocks.append(Block("par", briefing.risks_text))
    for place, indicator in enumerate(briefing.at_risk, start=1):
        blocks.append(Block("h2", _heading(briefing, place, 2, indicator.finding)))
        blocks.append(_targets(briefing, indicator))
        blocks += _scenarios(briefing, indicator)
        blocks += [
            Block("par", f"{name}{s('：', ': ')}{text}") for name, text in briefing.risk_notes(indicator)
        ]
        blocks.append(_fan(indicator, pictures))
    return blocks


def _others(briefing: Briefing, pictures: Pictures) -> list[Block]:
    s = briefing.say
    rest = [indicator for indicator in briefing.indicators if not indicator.at_risk]
    if not rest:
        return []
    blocks = [Block("h1", s("三、其余指标", "3. Other indicators"))]
    for place, indicator in enumerate(rest, start=1):
        blocks.append(Block("h2", _heading(briefing, place, 3, indicator.finding)))
        if indicator.judged:
            blocks += [_targets(briefing, indicator), _fan(indicator, pictures)]
        blocks.append(Block("par", f"{s('责任单位：', 'Owners: ')}{indicator.owners}{s('。', '.')}"))
        blocks.append(Block("par", _ended(indicator.reason, s("。", "."))))
    return blocks


def _changes(briefing: Briefing) -> list[Block]:
    s = briefing.say
    blocks = [
        Block("h1", s("四、与上次相比的变化", "4. Changes since the last run")),
        Block("par", briefing.changes_text),
    ]
    if briefing.changes:
        names = {line.number: line.short for line in briefing.indicators}
        columns = (
            Column(s("指标", "Indicator"), 20),
            Column(s("年份", "Year"), 8),
            Column(s("上次", "Before"), 20),
            Column(s("本次", "Now"), 20),
            Column(s("原因", "Cause"), 32),
        )
        rows = tuple(
            (Cell(names[c.indicator]), Cell(str(c.year)), Cell(c.before), Cell(c.after), Cell(c.cause))
            for c in briefing.changes
        )
        blocks.append(Block("table", columns=columns, rows=rows))
    return blocks


def _owed(briefing: Briefing) -> list[Block]:
    s = briefing.say
    blocks = [Block("h1", s("五、数据缺口", "5. Data owed")), Block("par", briefing.owed_text)]
    columns = (
        Column(s("项目", "Item"), 8),
        Column(s("责任单位", "Owners"), 24),
        Column(s("请提供", "Please send"), 68),
    )
    rows = [(Cell(str(line.number)), Cell(line.owners), Cell(line.request)) for line in briefing.owed]
    rows += [
        (Cell(c.id), Cell(s("、", ", ").join(c.owners)), Cell(c.missing(briefing.lang)))
        for c in briefing.commitments
        if c.missing()
    ]
    if rows:
        blocks.append(Block("table", columns=columns, rows=tuple(rows)))
    return blocks


def _method(briefing: Briefing) -> list[Block]:
    s, method = briefing.say, briefing.method
    blocks = [Block("h1", s("六、方法与可信程度", "6. Method and trust"))]
    blocks += [Block("par", text) for text in (*method.paragraphs, method.trust)]
    if method.rows:
        columns = (
            Column(s("用词", "Word"), 30),
            Column(s("所说概率", "Said"), 20, "right"),
            Column(s("实际达标比例", "Observed"), 25, "right"),
            Column(s("次数", "Times said"), 25, "right"),
        )
        rows = tuple(
            (
                Cell(f"{row.symbol} {row.word}"),
                Cell(row.range),
                Cell("—" if row.observed is None else f"{row.observed:.0%}"),
                Cell(str(row.count)),
            )
            for row in method.rows
        )
        blocks.append(Block("table", columns=columns, rows=rows))
    blocks.append(Block("note", method.provenance))
    return blocks


def _annexes(briefing: Briefing) -> list[Block]:
    s, zh = briefing.say, briefing.lang == "zh"
    detail = (
        Column(s("指标", "Indicator"), 17 if zh else 25),
        Column(s("年份", "Year"), 7),
        Column(s("目标", "Target"), 9, "right"),
        Column(s("达标概率", "Probability"), 20 if zh else 24),
        Column(s("中位数", "Median"), 10, "right"),
        Column(s("80% 区间", "80% interval"), 15, "right"),
        Column(s("所需进度", "Needed"), 30 if zh else 26),
    )
    rows = tuple(
        (
            Cell(f"{i.number} {i.short}"),
            Cell(str(line.year)),
            Cell(line.target),
            _verdict(line, line.verdict),
            Cell(line.median),
            Cell(line.interval),
            Cell(line.required),
        )
        for i in briefing.indicators
        for line in i.lines
    )
    sources = (
        Column(s("编号", "Id"), 8),
        Column(s("发布者", "Publisher"), 26),
        Column(s("标题", "Title"), 46),
        Column(s("日期", "Date"), 20),
    )
    listed = tuple(
        (Cell(_source(briefing, x.id)), Cell(x.publisher), Cell(x.title), Cell(x.published))
        for x in briefing.sources
    )
    return [
        Block("annex", s("附件 1　各目标测算明细", "Annex 1  Every target in figures")),
        Block("table", columns=detail, rows=rows, size=9.0),
        Block("annex", s("附件 2　数字与来源", "Annex 2  Figures and sources")),
        _figures(briefing),
        *(
            Block("par", f"{i.number} {left}")
            for i in briefing.indicators
            if (left := unlisted(i.outlook.evidence).get(briefing.lang))
        ),
        Block("table", columns=sources, rows=listed, size=9.0),
    ]


def _source(briefing: Briefing, name: str) -> str:
    """A source's id; where a file has only titles, a long one is its place in the list of sources."""
    places = {source.id: place for place, source in enumerate(briefing.sources, start=1)}
    if len(name) <= LONGEST_ID or name not in places:
        return name
    return briefing.say(f"来源 {places[name]}", f"No. {places[name]}")


def _figures(briefing: Briefing) -> Block:
    from zerobay_analysis.briefing.words import ROLE
    from zerobay_analysis.language import say

    s = briefing.say
    columns = (
        Column("#", 5, "right"),
        Column(s("编号", "Id"), 9),
        Column(s("数字", "Figure"), 17),
        Column(s("期间", "Period"), 13),
        Column(s("用途", "Use"), 20),
        Column(s("来源", "Source"), 9),
        Column(s("说明", "Caveat"), 38),
    )
    rows = tuple(
        (
            Cell(str(i.number)),
            Cell(p.observation),
            Cell(p.label),
            Cell(p.period(briefing.lang)),
            Cell(say(briefing.lang, *ROLE[p.role])),
            Cell(_source(briefing, p.source)),
            Cell(p.reason or p.caveat),
        )
        for i in briefing.indicators
        for p in i.listed
    )
    return Block("table", columns=columns, rows=rows, size=9.0)


def _targets(briefing: Briefing, indicator: IndicatorLine) -> Block:
    s = briefing.say
    columns = (
        Column(s("年份", "Year"), 8),
        Column(s("目标", "Target"), 11, "right"),
        Column(s("达标概率", "Probability"), 29),
        Column(s("中位数", "Median"), 12, "right"),
        Column(s("80% 区间", "80% interval"), 18, "right"),
        Column(s("所需进度", "Needed"), 26),
    )
    rows = tuple(
        (
            Cell(str(line.year)),
            Cell(line.target),
            _verdict(line, line.verdict),
            Cell(line.median),
            Cell(line.interval),
            Cell(line.required),
        )
        for line in indicator.lines
    )
    return Block("table", columns=columns, rows=rows)


def _scenarios(briefing: Briefing, indicator: IndicatorLine) -> list[Block]:
    """Table of the scenarios of an indicator; nothing where there are none."""
    if not indicator.scenarios:
        return []
    s = briefing.say
    columns = (
        Column(s("如果……（括号内为概率变化，百分点）", "What if (change of the chance in points)"), 58),
        *(Column(str(year), 14, "right") for year in briefing.years),
    )
    rows = tuple((Cell(row.label), *map(Cell, row.chances)) for row in indicator.scenarios)
    return [Block("table", columns=columns, rows=rows, size=9.0)]


def _fan(indicator: IndicatorLine, pictures: Pictures) -> Block:
    picture = pictures.fan(indicator.number, PAGE, titled=False)
    return Block("picture", picture.description, picture=picture)


def _heading(briefing: Briefing, place: int, section: int, text: str) -> str:
    return briefing.say(f"（{_chinese(place)}）{text}", f"{section}.{place} {text}")


def _chinese(number: int) -> str:
    """Chinese numeral of 1 to 99."""
    digits = "一二三四五六七八九"
    tens, ones = divmod(number, 10)
    ten = "" if not tens else ("十" if tens == 1 else f"{digits[tens - 1]}十")
    return ten + (digits[ones - 1] if ones else "")


def _ended(text: str, stop: str) -> str:
    return text if text.endswith((stop, "。", ".")) else text + stop


def _verdict(line: TargetLine, text: str) -> Cell:
    verdict = line.outlook.verdict
    if line.outlook.p_met is None:
        return Cell(text, "", style.MUTED)
    return Cell(text, verdict.colour, style.text_on(verdict.colour))
