"""An Excel workbook as sheets of text, as the sender sees it: odd formats read right or refused.

Read with openpyxl, which tells what else is there besides values: number formats (15% is stored
as 0.15), merged cells, hidden rows and sheets, formulas. Its streaming mode and the faster calamine
tell none of these. What openpyxl would choke on is cut out, or the file refused, before it is
opened (:mod:`zerobay_analysis.ledger.readers.xlsx`).
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from zerobay_analysis.errors import MAX_SHOWN, UNFIT, Problem, Refused
from zerobay_analysis.files.csv import Document, Rows, Sheet
from zerobay_analysis.files.tables import OWN_COLUMN, column_names, normal, plain_text, word
from zerobay_analysis.ledger.observations import OBSERVATION_FIELDS
from zerobay_analysis.ledger.readers.xlsx import MAX_ROWS, measured

NAMES = column_names(OBSERVATION_FIELDS)
"""Every name of a column as :func:`~zerobay_analysis.files.tables.word` writes it, and the column."""

HEADER_WITHIN = 30
"""Rows in which the header must stand; above it there may be a title."""
HEADER_CELLS = 3
"""Known column names that make a row the header."""

GUIDE_SHEETS = ("填报说明", "说明", "编码", "指标目录", "封面", "目录", "检查结果", "readme", "codebook")
"""Sheets whose names start like this are for the reader and hold no figures."""

FOOTNOTES = ("注", "说明", "备注", "填表", "填报", "制表", "审核", "负责人", "单位负责人", "联系")
"""A row with a single cell that starts like this stands below the table, not in it."""

MONTH_FORMATS = frozenset({27, 36, 50, 52, 57})
DAY_FORMATS = frozenset({28, 29, 30, 31, 51, 53, 54, 58})
"""Built-in date formats of the Chinese Excel (ECMA-376, 18.8.30), which openpyxl takes for numbers."""
MAX_NUMBER = 1e15
MAX_CHARACTERS = 20_000_000
FIRST_OWN_FORMAT = 164
"""Formats from this number on are defined in the workbook itself."""
YEARS_DAYS = 366
"""A larger number in a date format is a day; a smaller one nobody means as a day of 1900."""

DATE_WORDS = frozenset("年月日号末底度份截至止 -/.,:")
"""What may stand in a date format without making another date of it, as 一季度 does."""

FIGURES = frozenset({"indicator", "period", "value", "published"})
"""Columns of which every digit counts."""

MARKER = "zerobay"
"""Author of the comments in a marked copy, which say nothing about a figure."""
_COMMENT_HEAD = re.compile(r"\[(?:Threaded comment|线程批注)\].*?(?:Comment|批注)[:：]", re.DOTALL)
"""What Excel puts before a comment of its newer kind for older programs."""

_ERROR = re.compile(r"#(NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A|SPILL!|CALC!|GETTING_DATA)")


# --- the file ----------------------------------------------------------------------------------


def open_for_marks(path: Path) -> Any:
    """A workbook to be written again with marks in it, ``None`` if it cannot be opened."""
    try:
        return _opened(measured(path.read_bytes()), values=False, runs=False)
    except Refused:
        return None


def read_workbook(file: str, data: bytes) -> Document:
    """Read every sheet that holds a table with the columns of a ledger.

    Percent cells come as ``"15%"``, dates as ``2026-09-30`` or, where only the month is shown,
    ``2026-09``; a merged cell stands in every row it covers.
    """
    usable = measured(data)
    formulas = _opened(usable, values=False, runs=True)
    has_formulas = any(c.data_type == "f" for ws in formulas.worksheets for c in ws._cells.values())
    results = _opened(usable, values=True, runs=False) if has_formulas else formulas
    readings = [_Reading(file, ws, results[ws.title], formulas.epoch) for ws in formulas.worksheets]
    sheets = tuple(sheet for reading in readings if (sheet := reading.sheet()) is not None)
    problems = tuple(found for reading in readings for found in reading.problems)
    if not sheets and not problems:
        raise Refused("no_sheet")
    return Document(sheets, problems, tuple(note for reading in readings for note in reading.notes))


def _opened(data: bytes, *, values: bool, runs: bool) -> Any:
    """A workbook's bytes opened with openpyxl.

    With ``values`` the results of formulas as the program that saved the file left them, not the
    formulas; with ``runs`` text of which parts have a font of their own comes in these parts.
    """
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about features that a table of figures does not use
            return openpyxl.load_workbook(io.BytesIO(data), data_only=values, rich_text=runs)
    except Exception as error:  # openpyxl raises whatever its parsers do
        raise Refused("damaged_workbook", reason=type(error).__name__) from error


# --- one sheet ---------------------------------------------------------------------------------


@dataclass
class _Reading:
    """One worksheet on its way to a :class:`Sheet`; problems and notes collect."""

    file: str
    worksheet: Any
    results: Any
    epoch: Any
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def wrong(self, cell: Any, column: str, reason: Refused) -> None:
        """Note that a cell cannot be read."""
        place = {"sheet": self.worksheet.title, "cell": cell.coordinate}
        self.problems.append(reason.at(self.file, cell.row, column, _shown(cell.value), **place))

    def note(self, chinese: str, english: str) -> None:
        self.notes.append(f"{self.worksheet.title}: {chinese} / {english}")

    def sheet(self) -> Sheet | None:
        """The sheet's table, ``None`` where it has none that can be read."""
        cells = _by_row(self.worksheet)
        if not cells:
            self.note("空工作表", "an empty sheet")
        if not cells or word(self.worksheet.title).startswith(GUIDE_SHEETS):
            return None
        try:
            header = _header(cells, self.worksheet.title)
        except Refused as refusal:
            self.problems.append(refusal.at(self.file, sheet=self.worksheet.title))
            return None
        columns = {c.column: word(_heading(c)) for c in cells[header].values()}
        self._hidden(cells, header, columns)
        return Sheet(self.worksheet.title, self._rows(cells, header, columns), form=True)

    def _hidden(self, cells: Mapping[int, Any], header: int, columns: Mapping[int, str]) -> None:
        """Say what is read although it is not shown."""
        if self.worksheet.sheet_state != "visible":
            self.note("隐藏的工作表，已读入", "a hidden sheet, read")
        rows = [r for r in cells if r > header and self.worksheet.row_dimensions[r].hidden]
        if rows:
            shown = "、".join(str(r) for r in rows[:10]) + ("…" if len(rows) > 10 else "")
            self.note(f"隐藏的第 {shown} 行已读入", f"{len(rows)} hidden rows, read")
        letters = [
            letter
            for letter, dimension in self.worksheet.column_dimensions.items()
            if dimension.hidden and any(dimension.min <= c <= dimension.max for c in columns)
        ]
        if letters:
            self.note(f"隐藏的 {'、'.join(letters)} 列已读入", "hidden columns, read")

    def _rows(self, cells: Mapping[int, dict[int, Any]], header: int, columns: Mapping[int, str]) -> Rows:
        """The header and every row below it as text."""
        places = range(1, max(columns) + 1)
        names = {place: NAMES.get(name, name) for place, name in columns.items()}
        place_of = {name: place for place, name in names.items()}
        units, caveat = place_of.get("unit", 0), place_of.get("caveat", 0)
        merged, remarks = self._merged(header, names), self._comments(header, kept=bool(caveat))
        rows: Rows = [(header, [_heading(cells[header].get(place)) for place in places])]
        for number in sorted({*cells, *(row for row, _ in merged)}):
            row = cells.get(number, {})
            if number <= header or self._footnote(row):
                continue
            for place, cell in row.items():
                if place not in columns:
                    self.wrong(cell, cell.column_letter, Refused("nameless_column"))
            texts = []
            for place in places:
                name, cell = names.get(place, ""), merged.get((number, place), row.get(place))
                read = cell is not None and name and not columns[place].startswith(OWN_COLUMN)
                texts.append(self._read(cell, name, row.get(units)) if read else "")
            if any(texts):
                if caveat:
                    texts[caveat - 1] = "；".join(filter(None, (texts[caveat - 1], *remarks.get(number, ()))))
                rows.append((number, texts))
        return rows

    def _comments(self, header: int, *, kept: bool) -> dict[int, list[str]]:
        """Comments that a sender has put on cells below the header, by row; say what becomes of them."""
        chinese, english = "随该行的数记入说明", "kept as a remark on the row's figure"
        if not kept:
            chinese, english = "没有“说明”列，未记入", "not kept: there is no column 说明"
        found: dict[int, list[str]] = {}
        for cell in self.worksheet._cells.values():
            comment = cell.comment
            if comment is not None and cell.row > header and comment.author != MARKER:
                text = _COMMENT_HEAD.sub("", comment.text.removeprefix(f"{comment.author}:"))
                text = " ".join(UNFIT.sub("", text).split())
                found.setdefault(cell.row, []).append(f"批注：{text}")
                shown, at = text[:MAX_SHOWN] + "…" * (len(text) > MAX_SHOWN), cell.coordinate
                self.note(f"{at} 的批注“{shown}”{chinese}", f"the comment on {at}, {english}")
        return found

    def _footnote(self, row: Mapping[int, Any]) -> bool:
        shown = [_shown(cell.value).strip() for cell in row.values()]
        if len(shown) == 1 and normal(shown[0]).startswith(FOOTNOTES):
            self.note(f"表下说明未读入：{shown[0][:40]}", "a footnote, not read")
            return True
        return False

    def _merged(self, header: int, names: Mapping[int, str]) -> dict[tuple[int, int], Any]:
        """The cell that each cell of a merged range stands for; refuse ranges that say too much."""
        stands_for: dict[tuple[int, int], Any] = {}
        for area in self.worksheet.merged_cells.ranges:
            cell = self.worksheet.cell(area.min_row, area.min_col)
            text = _shown(cell.value).strip()
            if area.min_row <= header or not text or normal(text).startswith(FOOTNOTES):
                continue
            name = names.get(area.min_col, "")
            if area.min_col != area.max_col:
                key = "merged_across"
            elif name == "value" and area.min_row != area.max_row:
                key = "merged_value"
            elif area.max_row - area.min_row > MAX_ROWS:
                key = "merged_far"
            else:
                covered = range(area.min_row, area.max_row + 1)
                stands_for |= dict.fromkeys(((row, area.min_col) for row in covered), cell)
                continue
            self.wrong(cell, name, Refused(key, limit=MAX_ROWS))
        return stands_for

    # --- one cell

    def _read(self, cell: Any, column: str, unit: Any) -> str:
        """A cell as its sender sees it; where that cannot be told, a problem and what is stored."""
        try:
            return self._text(cell, column, "" if unit is None else _shown(unit.value))
        except Refused as doubt:
            self.wrong(cell, column, doubt)
            return _shown(cell.value)

    def _text(self, cell: Any, column: str, unit: str) -> str:
        value = cell.value
        if cell.data_type == "f" and (value := self.results[cell.coordinate].value) is None:
            raise Refused("formula")
        if cell.data_type == "e" or (isinstance(value, str) and _ERROR.fullmatch(value)):
            raise Refused("error_value")
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, datetime | date):
            figure = column in {"period", "published"}  # of anything else the day, whatever is shown of it
            return _date_text(value, str(cell.number_format)) if figure else value.strftime("%Y-%m-%d")
        if isinstance(value, int | float):
            return self._number(cell, value, column, unit)
        if column in FIGURES and _marked(value):
            raise Refused("marked_text")
        return _unescaped(_shown(value))

    def _number(self, cell: Any, value: float, column: str, unit: str) -> str:
        """A number as its format shows it; raise ``Refused`` where that is another number."""
        if not abs(value) < MAX_NUMBER:  # nor one that is none
            raise Refused("too_large_number")
        value, code = float(value), cell._style.numFmtId
        stored = plain_text(value)
        if column not in FIGURES:
            return stored
        if code in MONTH_FORMATS | DAY_FORMATS and (column == "value" or value > YEARS_DAYS):
            return _dated(value, self.epoch, "yyyy-m" if code in MONTH_FORMATS else "yyyy-m-d")
        if column == "period" and not value.is_integer():
            raise Refused("number_as_period", stored=stored)
        number, suffix = as_shown(value, _format(cell), words=column != "value")
        return number if column != "value" or normal(suffix) == normal(unit) else number + suffix


def _dated(value: float, epoch: Any, form: str) -> str:
    """A number in a date format of the Chinese Excel."""
    from openpyxl.utils.datetime import from_excel

    try:
        return _date_text(from_excel(value, epoch), form)
    except (OverflowError, ValueError) as error:
        raise Refused("no_date") from error


def _format(cell: Any) -> str:
    """A cell's number format; raise ``Refused`` for one that the workbook does not define."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS

    code = cell._style.numFmtId
    try:
        if code in BUILTIN_FORMATS or code >= FIRST_OWN_FORMAT:
            return str(cell.number_format)
    except IndexError:
        pass
    raise Refused("undefined_format", code=code)


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


@lru_cache(maxsize=4096)
def _unescaped(text: str) -> str:
    """Text of a cell; Excel writes ``_x000D_`` for characters that XML has no place for."""
    from openpyxl.utils.escape import unescape

    return re.sub(r"\r\n?", "\n", unescape(text) if "_x" in text else text).strip()


def _marked(value: Any) -> bool:
    """Whether a part of a text is a mark of a footnote, an exponent, or struck out."""
    fonts = [part.font for part in value if not isinstance(part, str)] if isinstance(value, list) else []
    return any(font.strike or font.vertAlign in {"superscript", "subscript"} for font in fonts)


def _heading(cell: Any) -> str:
    """A column's name without line breaks and without the star of a required one."""
    return re.sub(r"\s+", "", _unescaped(_shown(cell and cell.value))).strip("*＊")


def _by_row(worksheet: Any) -> dict[int, dict[int, Any]]:
    """Cells with content by row and column.

    Through ``_cells``, because every public way creates the empty cells in between, and a single
    stray cell in the last row would make that 17 thousand million.
    """
    rows: dict[int, dict[int, Any]] = {}
    for (row, column), cell in sorted(worksheet._cells.items(), key=lambda item: item[0]):
        if _shown(cell.value).strip():
            rows.setdefault(row, {})[column] = cell
    return rows


def _header(cells: Mapping[int, dict[int, Any]], name: str) -> int:
    """The first row that names enough columns; raise ``Refused`` for a sheet that cannot be read."""
    if UNFIT.search(name):  # it stands in every place that is named
        raise Refused("unfit_sheet_name", value=name)
    if len(cells) > MAX_ROWS:
        raise Refused("many_sheet_rows", value=str(len(cells)), limit=MAX_ROWS)
    values = (cell.value for row in cells.values() for cell in row.values())
    characters = sum(len(value) for value in values if isinstance(value, str))
    if characters > MAX_CHARACTERS:  # one shared string can stand in every cell
        raise Refused("many_texts", value=str(characters), limit=MAX_CHARACTERS)
    for number in list(cells)[:HEADER_WITHIN]:
        named = {NAMES.get(word(_heading(cell))) for cell in cells[number].values()} - {None}
        if len(named) >= HEADER_CELLS:
            return number
    wanted = [(*spec.aliases, spec.name)[0] for spec in OBSERVATION_FIELDS if spec.required]
    raise Refused("no_sheet_header", wanted="、".join(wanted))


def _date_text(value: datetime | date, form: str) -> str:
    """A date as its format shows it, by its month or year where no more is shown; refuse a part."""
    plain = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", form).lower()
    words = "".join(a or b for a, b in re.findall(r'"([^"]*)"|\\(.)', form))
    day = "d" in plain
    if set(words) - DATE_WORDS or (day and "m" not in plain) or not (day or "y" in plain):
        raise Refused("part_of_date")
    return value.strftime("%Y-%m-%d" if day else "%Y-%m" if "m" in plain else "%Y")


# --- number formats ------------------------------------------------------------------------------------
# Excel's formats can round, scale by thousands, hide, turn a sign off and put text around a number
# (ECMA-376, 18.8.31). A format that shows another number than the one stored leaves two readings, and
# the cell is refused; one that only dresses the number is read.

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|[\\!](?P<escaped>.)|_.|\*(?P<fill>.)|\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>General|G/通用格式)|(?P<exponent>E[+-])|(?P<mark>[0#?.,%/@;])|(?P<other>.)",
    re.DOTALL | re.IGNORECASE,
)
_DRESS = " \u00a0¥￥$€£"
"""Blanks and signs of money before or behind a number say nothing about its size."""
_FILL = " -_=."
"""What may fill a cell beside a number without being taken for a part of it."""


def as_shown(value: float, form: str, *, words: bool = True) -> tuple[str, str]:
    """Read a number under a number format.

    Parameters
    ----------
    value : float
    form : str
        The format's code.
    words : bool
        Whether words may stand before the number.

    Returns
    -------
    number, suffix : str
        The number with its percent sign, and the words behind it.

    Raises
    ------
    Refused
        When the format rounds, scales, hides or splits the number, or drops its sign.
    """
    sections = _sections(form)
    signed = len(sections) > 1 and value < 0
    section = sections[1 if signed else 2 if len(sections) > 2 and value == 0 else 0]
    body = "".join(mark for mark, _ in section)
    first, last = re.search("[G0#?@]", body), len(body.rstrip("~%")) - 1
    if first is None:
        raise Refused("shown_as_text", text="".join(literal for _, literal in section))
    prefix = "".join(literal for _, literal in section[: first.start()]).strip(_DRESS)
    suffix = "".join(literal for _, literal in section[last + 1 :]).strip(_DRESS)
    if any(mark == "~" and literal.strip() for mark, literal in section[first.start() : last]):
        raise Refused("split_digits")
    if signed and not prefix.startswith(("-", "(", "（")):
        raise Refused("hidden_sign")
    if signed and prefix in {"(", "（"} and suffix in {")", "）"}:
        prefix = suffix = ""
    number, prefix = (
        _digits(value, body.replace("~", "")),
        prefix.lstrip("-" if signed else "+").strip(_DRESS),
    )
    if any(character.isdigit() for character in prefix + suffix) or (prefix and not words):
        raise Refused("words_around", text=f"{prefix}{number}{suffix}")
    return number, suffix


def _sections(form: str) -> list[list[tuple[str, str]]]:
    """Sections of a format as (mark, literal): ``G`` for General, ``~`` for a literal."""
    sections: list[list[tuple[str, str]]] = [[]]
    for found in _TOKEN.finditer(form or "General"):
        kind, text = found.lastgroup, found[found.lastgroup or 0]
        if found[0] == ";":
            sections.append([])
        elif kind == "fill":
            if text not in _FILL:
                raise Refused("filled_cell", text=text)
        elif kind == "bracket":
            if text[:1] in {"<", ">", "="} or text.lower().strip("hms") == "":
                raise Refused("conditional_format", text=text)
        elif kind in {"general", "exponent", "mark"}:
            sections[-1].append(({"general": "G", "exponent": "E"}.get(kind, text), ""))
        elif kind is not None:
            sections[-1].append(("~", text))
    return sections


def _digits(value: float, body: str) -> str:
    """The number's digits; raise where they are not those that the format shows."""
    percent = body.count("%")
    stored = Decimal(plain_text(value)) * (100 if percent else 1)
    body = body.replace("%", "")
    text = plain_text(stored) + ("%" if percent else "")
    if "G" in body or "@" in body:
        return text
    if percent > 1 or re.search(r",(?![0#?])|\..*,", body):
        raise Refused("scaled_format", stored=plain_text(value))
    mantissa, exponent, _ = body.partition("E")
    decimals = sum(mark in "0#?" for mark in mantissa.partition(".")[2])
    if exponent:
        shown = Decimal(f"{stored:.{decimals}e}")
    elif "/" in body:
        shown = stored.to_integral_value()
    else:
        shown = stored.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    if shown != stored:
        seen = plain_text(shown) + ("%" if percent else "")
        raise Refused("rounded_format", seen=seen, stored=text)
    return text
