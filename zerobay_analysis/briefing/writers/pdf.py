"""The paper: a leadership page of one page and a full report, as blocks that PDF and Word share.

Layout follows GB/T 9704-2012 (党政机关公文格式): A4, 37 mm above and 28 mm left of a text block of
156 by 225 mm, 22 lines of 28 characters, title in size 2 (22 pt), body in size 3 (16 pt), headings
一、（一）1.（1）. The PDF is set by Typst with the two fonts of the pinned font package, in the place of
the official typefaces that cannot be shipped; the Word file names the official ones.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerobay_analysis.briefing import tables, text
from zerobay_analysis.briefing.content import Briefing, IndicatorLine, YearLine
from zerobay_analysis.briefing.figures import PAGE, Picture, Pictures
from zerobay_analysis.briefing.tables import Table
from zerobay_analysis.charts import words
from zerobay_analysis.files.disk import ScratchFolder
from zerobay_analysis.language import Text

if TYPE_CHECKING:
    from zerobay_analysis.briefing.writers import FormTask


SPARE = 4
"""Lines of notes that stay free on the page for leadership, for what a Word file takes more."""
MAX_LOGGED = 12
"""Changes of earlier runs in the report; verdicts.csv and the workbook have all."""
TEMPLATES = Path(__file__).parents[1] / "templates"
NORMAL, SMALL, TINY = 10.5, 9.0, 7.5
"""Sizes of type in tables and notes, in points."""


@dataclass(frozen=True)
class Block:
    """One part of a paper.

    Attributes
    ----------
    kind : str
        ``h1``, ``h2``, ``par``, ``note``, ``table``, ``picture`` or ``annex``.
    text : str
        Of a picture its text alternative.
    caption : str
        Of a table, above it; of a picture, below it.
    table : Table or None
    size : float
        Of the type of a table or a note, in points.
    picture : Picture or None
    """

    kind: str
    text: str = ""
    table: Table | None = None
    size: float = NORMAL
    picture: Picture | None = None
    caption: str = ""


def make(task: FormTask) -> list[bytes]:
    """The two files."""
    return [pdf_bytes(task.briefing, blocks) for blocks in papers(task)]


def papers(task: FormTask) -> tuple[list[Block], list[Block]]:
    """Blocks of the page for leadership and of the full report."""
    return leadership(task.briefing), report(task.briefing, task.pictures)


def leadership(briefing: Briefing) -> list[Block]:
    """Blocks of the page for leadership, or of a unit's: as many rows as one page holds.

    The PDF decides, with :data:`SPARE` lines left over for other fonts and another program; where not
    all rows fit, the page of the plan does without these. At last rows are left out and counted: those
    of the highest probabilities, or not behind.
    """
    most = sum(len(table.records) for table in _tables(briefing))
    if _fits(briefing, most) or (not briefing.unit and _fits(briefing, most, spare=0)):
        return _leadership(briefing, most)
    return _leadership(briefing, bisect_left(range(most), True, key=lambda n: not _fits(briefing, n + 1)))


def _tables(briefing: Briefing) -> list[Table]:
    """Tables of the page: the schedule, and what else a unit has promised, without its partners."""
    found = [tables.schedule(briefing).on("page")]
    if briefing.unit:
        mine = tables.unit_tables(briefing, briefing.page(briefing.unit))
        for table in (mine["commitments"], mine["tasks"]):
            kept = (column for column in table.columns if column.heading != text.SHARED_WITH)
            found.append(replace(table, columns=tuple(kept)))
    return [table for table in found if table.records]


def _fits(briefing: Briefing, count: int, *, spare: int = SPARE) -> bool:
    lines = [Block("note", "\u3000", size=SMALL)] * spare
    return _pages(briefing, [*_leadership(briefing, count), *lines]) == 1


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

        return int(json.loads(typst.query(source, "<pages>", field="value", one=True, **options)))


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
    plain: dict[str, object] = {n: getattr(block, n) for n in ("kind", "text", "size", "caption")}
    plain["file"] = ""
    if block.table is not None:
        shown = zip(block.table.headings, block.table.columns, strict=True)
        plain["columns"] = [{"heading": h, "share": c.share, "align": c.align} for h, c in shown]
        plain["rows"] = [
            [{"text": cell.full, "fill": cell.fill, "colour": cell.ink} for cell in row]
            for row in block.table.rows
        ]
    if block.picture is not None:
        plain["file"] = f"picture{index}.svg"
        (folder / f"picture{index}.svg").write_bytes(block.picture.svg)
    return plain


def _leadership(briefing: Briefing, count: int) -> list[Block]:
    s, method, found = briefing.say, briefing.method, _tables(briefing)
    every = sorted((one for table in found for one in table.records), key=_urgency)
    first, more = every[:count], len(every) - count
    shown = [replace(of, records=tuple(one for one in of.records if one in first)) for of in found]
    news = briefing.changes_text if briefing.earlier and briefing.indicators else ""
    rest = s(text.RISKS_LEFT, n=more) if more else ""
    notes = [news, *(note for table in shown for note in table.notes), rest]
    if briefing.indicators:
        notes[1:1] = [method.trust_short, method.grades]
    return [
        *(Block("par", told.strip()) for told in _told(briefing)),
        *(Block("table", table=table, size=TINY) for table in shown if table.records),
        *([Block("note", s(text.SPACE).join(filter(None, notes)), size=TINY)] if any(notes) else []),
    ]


def _urgency(record: tuple[Any, ...]) -> float:
    """What orders rows that there is no room for all of; of equals the first stay."""
    standing = record[1]
    return standing.target.outlook.p_met or 0.0 if isinstance(standing, YearLine) else 2.0 - record[0].behind


def _told(briefing: Briefing) -> Iterator[str]:
    """A paragraph on each headline year, or on the unit whose page it is."""
    s, outlooks = briefing.say, briefing.study.outlooks
    if briefing.unit:
        yield s(text.SPACE).join((briefing.page(briefing.unit).headline, briefing.headline))
    for year, _ in () if briefing.unit else briefing.headlines:
        found = words.year_finding(outlooks, year, briefing.lang, most=0) + s(text.STOP)
        yield found + s(text.SPACE) + briefing.urgent(year)


def report(briefing: Briefing, pictures: Pictures) -> list[Block]:
    """Blocks of the full report."""
    method, s = briefing.method, briefing.say
    others = [indicator for indicator in briefing.indicators if not indicator.at_risk]
    return [
        _h1(briefing, 1, text.OVERALL),
        *(Block("par", told) for _, told in briefing.headlines),
        *_table(tables.schedule(briefing).on("paper"), TINY),
        *_table(tables.outlook(briefing).on("paper"), 8.5 if briefing.lang == "zh" else 7.5),
        Block("note", method.grades, size=SMALL),
        *(Block("par", point) for point in briefing.points),
        _h1(briefing, 2, text.RISKS),
        *([] if briefing.at_risk else [Block("par", briefing.risks_text)]),
        *_each(briefing, briefing.at_risk, 2, pictures),
        *([_h1(briefing, 3, text.OTHERS)] if others else []),
        *_each(briefing, others, 3, pictures),
        _h1(briefing, 4, text.CHANGES),
        Block("par", briefing.changes_text),
        *_table(tables.changes(briefing)),
        *(_table(tables.changes(briefing, briefing.log[:MAX_LOGGED])) if briefing.log else []),
        _h1(briefing, 5, text.OWED),
        Block("par", briefing.owed_text),
        *_table(tables.owed(briefing).on("paper"), SMALL),
        Block("h2", s(text.IF_THEN)),
        *_table(tables.if_then(briefing), SMALL),
        _h1(briefing, 6, text.TRUST),
        *(Block("par", paragraph) for paragraph in (*method.paragraphs, method.trust)),
        *_table(tables.calibration(briefing)),
        Block("note", method.provenance, size=SMALL),
        *annexes(briefing),
    ]


def annexes(briefing: Briefing) -> list[Block]:
    """Every target, every figure and every source."""

    def title(n: int, of: Text) -> Block:
        return Block("annex", briefing.say(text.ANNEX, n=n, title=briefing.say(of)))

    return [
        title(1, text.TARGETS_IN_FIGURES),
        *_table(tables.targets(briefing).on("annex"), TINY),
        title(2, text.FIGURES_AND_SOURCES),
        *_table(tables.figures(briefing).on("paper"), SMALL),
        *_table(tables.sources(briefing).on("paper"), SMALL),
    ]


def _each(
    briefing: Briefing, indicators: Sequence[IndicatorLine], section: int, pictures: Pictures
) -> Iterator[Block]:
    """Indicators one by one: finding, targets, scenarios and notes of those at risk, fan."""
    s = briefing.say
    for place, indicator in enumerate(indicators, start=1):
        numbered = Text(f"（{chinese(place)}）{indicator.finding}", f"{section}.{place} {indicator.finding}")
        yield Block("h2", s(numbered))
        if indicator.judged:
            picture = pictures.fan(indicator.number, PAGE, titled=False)
            yield Block("picture", picture.description, picture=picture, caption=indicator.named)
            yield from _table(tables.targets(briefing, [indicator]).on("paper"))
        if indicator.at_risk:
            yield from _table(tables.scenarios(briefing, indicator).on("paper"), SMALL)
            for name, note in briefing.risk_notes(indicator):
                yield Block("par", name + s(text.COLON) + note)
        if not indicator.at_risk:
            whose = s(text.OWNERS) + s(text.COLON) + indicator.owners + s(text.STOP)
            takes = s(text.TAKES) + s(text.COLON) + indicator.inverse.text(briefing.lang) + s(text.STOP)
            yield Block("par", whose + s(text.SPACE) + takes)
            yield Block("par", indicator.reason.rstrip("。.") + s(text.STOP))


def _table(table: Table, size: float = NORMAL) -> list[Block]:
    """A table as a block, and its notes; none where it has no row."""
    if not table.rows:
        return []
    return [
        Block("table", table=table, size=size),
        *(Block("note", note, size=SMALL) for note in table.notes),
    ]


def _h1(briefing: Briefing, place: int, of: Text) -> Block:
    heading = briefing.say(of)
    return Block("h1", briefing.say(Text(f"{chinese(place)}、{heading}", f"{place}. {heading}")))


def chinese(number: int) -> str:
    """Chinese numeral of 1 to 99."""
    digits = "一二三四五六七八九"
    tens, ones = divmod(number, 10)
    ten = "" if not tens else ("十" if tens == 1 else f"{digits[tens - 1]}十")
    return ten + (digits[ones - 1] if ones else "")
