"""CSV files: what senders do to them, what programs do to them, and what no one should do."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from random import Random

from tests.fuzz.figures import HEADINGS, NASTY, Figure, figures, read_as
from tests.fuzz.judging import Expected, Place, judge

__all__ = ["csv_bytes", "csv_structure", "damaged"]

CODINGS = (
    "utf-8",
    "utf-8",
    "utf-8-sig",
    "gb18030",
    "gb18030",
    "gbk",
    "utf-16",
    "utf-16-le",
    "utf-32",
    "big5",
)
ROW_LIKE = re.compile(r"\s*\d{1,2}\s*,[^,]*\d{4}[^,]*,")
"""A line that would be a row of figures if it stood outside a cell."""


def csv_structure(random: Random, folder: Path) -> str:
    """A file with something odd about its cells, its lines or its encoding."""
    sent = figures(random, random.randint(1, 12), odd=random.choice((0.0, 0.0, 0.1, 0.4)))
    changes = random.sample(_CHANGES, random.choice((0, 0, 0, 1, 1, 2)))
    table = _table(random, sent)
    clean = not changes and all(f.plain for f in sent)
    for change in changes:
        if table:
            change(random, table)
    end = random.choice(("\n", "\r\n", "\r\n", "\r" if changes else "\n"))
    text = _written(
        random, table, end, random.choice(";\t|，") if len(changes) == 2 and random.random() < 0.2 else ","
    )
    coding = random.choice(CODINGS)
    data = text.encode(coding, "surrogatepass" if coding.startswith("utf") else "replace")
    return _judged(random, data, sent, folder, clean and coding in {"utf-8", "utf-8-sig", "gb18030"})


def csv_bytes(random: Random, folder: Path) -> str:
    """A sound file with damaged bytes."""
    sent = figures(random, random.randint(1, 8), odd=0.0)
    text = _written(random, _table(random, sent), random.choice(("\n", "\r\n")))
    data = text.encode(random.choice(("utf-8", "utf-8-sig", "gb18030")))
    return _judged(random, damaged(random, data), sent, folder, certain=False)


def damaged(random: Random, data: bytes, most: int = 2) -> bytes:
    """Bytes changed, lost, added, repeated, moved, or cut off."""
    whole = bytearray(data)
    for _ in range(random.randint(1, most)):
        if not whole:
            break
        at = random.randrange(len(whole))
        length = min(random.choice((1, 1, 2, 5, 40)), len(whole) - at)
        match random.randrange(7):
            case 0:
                whole[at] = random.randrange(256)
            case 1:
                whole[at] ^= 1 << random.randrange(8)
            case 2:
                del whole[at : at + length]
            case 3:
                whole[at:at] = bytes(random.randrange(256) for _ in range(length))
            case 4:
                whole[at:at] = whole[at : at + length] * random.randint(1, 3)
            case 5:
                whole[at:at] = random.choice(
                    (b'"', b",", b"\n", b"\r", b"\x00", b"\xff", b"\xed\xa0\x80", b"\x1a")
                )
            case _:
                if random.random() < 0.3:
                    del whole[at:]
    return bytes(whole)


# --- the table and what is done to it ---------------------------------------------------------------


def _table(random: Random, sent: list[Figure]) -> list[list[str]]:
    names = ["indicator", "period", "value", "unit"]
    if random.random() < 0.4:
        names.append("caveat")
    if random.random() < 0.4:
        random.shuffle(names)
    notes = ("", "", "区级年报", "第一行\n第二行", '他说"好"', "一,二", "x" * 300)
    rows = [[{**f.cells, "caveat": random.choice(notes)}[name] for name in names] for f in sent]
    return [[random.choice(HEADINGS[name]) for name in names], *rows]


def _written(random: Random, table: list[list[str]], end: str, separator: str = ",") -> str:
    target = io.StringIO()
    style = random.choice((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    csv.writer(target, quoting=style, lineterminator=end, delimiter=separator).writerows(table)
    return target.getvalue()


def _any_row(random: Random, table: list[list[str]]) -> list[str]:
    return random.choice(table)


def _nasty_cell(random: Random, table: list[list[str]]) -> None:
    row = _any_row(random, table)
    if row:
        at = random.randrange(len(row))
        cut = random.randint(0, len(row[at]))
        row[at] = row[at][:cut] + random.choice((*NASTY, "\ud800", '"', "'", ",", "\n", "\r")) + row[at][cut:]


def _lose_cell(random: Random, table: list[list[str]]) -> None:
    row = _any_row(random, table)
    if row:
        del row[random.randrange(len(row))]


def _more_cells(random: Random, table: list[list[str]]) -> None:
    extra = random.choice((["x"], [""], ["139"], ["", "", "y"], [""] * 300))
    _any_row(random, table).extend(extra)


def _blank_row(random: Random, table: list[list[str]]) -> None:
    blank = random.choice(([], [""], ["", "", "", ""], [" ", "\t"], ["\u3000"], ["\u200b"], ["\ufeff"]))
    table.insert(random.randint(0, len(table)), list(blank))


def _title(random: Random, table: list[list[str]]) -> None:
    table.insert(0, random.choice((["填报表"], ["sep=,"], ["填报表", "", "", ""], ["#"], ["单位：家"])))


def _footer(random: Random, table: list[list[str]]) -> None:
    table.append(random.choice((["注：数据为初步"], ["合计", "", "999", ""], ["合计", "", "", ""], ["\x1a"])))


def _twice_heading(random: Random, table: list[list[str]]) -> None:
    if table[0]:
        table[0].append(random.choice((table[0][0], "数值", "value", "")))
        for row in table[1:]:
            row.append(random.choice(("1", "", "7")))


def _odd_heading(random: Random, table: list[list[str]]) -> None:
    if table[0]:
        at = random.randrange(len(table[0]))
        table[0][at] = random.choice(
            ("", "数値", "x_", "备注", "数值\u200b", "\ufeff" + table[0][at], "数值²", "a" * 5000)
        )


def _own_column(random: Random, table: list[list[str]]) -> None:
    at = random.randint(0, len(table[0]))
    for number, row in enumerate(table):
        row.insert(
            min(at, len(row)),
            random.choice(("x_own", "备注2")) if number == 0 else random.choice(("", "=1", "abc")),
        )


def _repeat_row(random: Random, table: list[list[str]]) -> None:
    table.append(list(_any_row(random, table)))


def _long(random: Random, table: list[list[str]]) -> None:
    row = _any_row(random, table)
    if row:
        row[random.randrange(len(row))] = random.choice("x9一,") * random.choice(
            (255, 32768, 140_000, 1_000_000)
        )


def _wide(random: Random, table: list[list[str]]) -> None:
    for number, row in enumerate(table):
        row += [f"x_{i}" if number == 0 else "" for i in range(random.choice((100, 199, 5000)))]


def _only_header(random: Random, table: list[list[str]]) -> None:
    del table[random.randint(0, 1) :]


def _unfilled(random: Random, table: list[list[str]]) -> None:
    row = _any_row(random, table)
    for at in range(len(row)):
        if random.random() < 0.6:
            row[at] = ""


def _many(random: Random, table: list[list[str]]) -> None:
    if len(table) > 1 and random.random() < 0.1:
        table.extend([list(table[1]) for _ in range(random.choice((500, 3000)))])


_CHANGES = (
    _nasty_cell,
    _nasty_cell,
    _nasty_cell,
    _lose_cell,
    _more_cells,
    _blank_row,
    _title,
    _footer,
    _twice_heading,
    _odd_heading,
    _own_column,
    _repeat_row,
    _long,
    _wide,
    _only_header,
    _unfilled,
    _many,
)


# --- what the bytes say ------------------------------------------------------------------------------


def _judged(random: Random, data: bytes, sent: list[Figure], folder: Path, certain: bool) -> str:
    if random.random() < 0.15:  # a quote that opens and closes somewhere else
        data, certain = _stray_quotes(random, data), False
    path = folder / random.choice(("a.csv", "a.csv", "大写.CSV"))
    path.write_bytes(data)
    rows = _seen(data, sent)
    return judge(path, rows, certain=certain and rows is not None, import_to=folder / "ledger")


def _stray_quotes(random: Random, data: bytes) -> bytes:
    places = [at for at in range(len(data)) if data[at : at + 1] in {b",", b"\n"}]
    for at in sorted(random.sample(places, min(len(places), random.choice((1, 2, 2)))), reverse=True):
        at += random.randint(0, 1)
        data = data[:at] + b'"' + data[at:]
    return data


def _seen(data: bytes, sent: list[Figure]) -> dict[Place, Expected] | None:
    """Rows that a person sees in the file: one a line, but for line breaks within quotes."""
    text = _decoded(data)
    if text is None:
        return None
    known = {f.value.strip(): f.expected.values for f in sent}
    rows: dict[Place, Expected] = {}
    reader = csv.reader(io.StringIO(text, newline=""))
    column: int | None = None
    line = 1
    try:
        for cells in reader:
            full = [cell.strip() for cell in cells]
            if any(full):
                if column is None:
                    names = [
                        c for c, name in enumerate(full) if name in {h.strip() for h in HEADINGS["value"]}
                    ]
                    column = names[0] if len(names) == 1 else -1
                else:
                    value = full[column] if 0 <= column < len(full) else ""
                    rows["", line] = Expected(known.get(value, read_as(value)) if value else frozenset())
                rows |= _swallowed(cells, line)
            line = reader.line_num + 1
    except csv.Error:
        return rows | {("", line): Expected()}
    return rows


def _swallowed(cells: list[str], line: int) -> dict[Place, Expected]:
    """Rows within a cell, which no reader of the file takes for a part of a remark.

    They stand where the cell's row begins: the row must be a problem, as it cannot be in the ledger.
    """
    inside = [part for cell in cells for part in re.split(r"\r\n|\r|\n", cell)[1:]]
    return (
        {("", line): Expected(frozenset(), frozenset())}
        if any(ROW_LIKE.match(part) for part in inside)
        else {}
    )


def _decoded(data: bytes) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    for coding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(coding)
        except UnicodeDecodeError:
            continue
    return None
