"""An Excel workbook's bytes, measured before anyone opens it.

openpyxl builds everything that a file declares: a million shared strings, the cells of a merged
column, every empty formatted row. :func:`measured` reads the parts piece by piece, stops at the
first limit that is passed, and hands on a copy of what it has read, without empty cells. What the
archive says about its own sizes is not relied on.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape

from zerobay_analysis.errors import Refused
from zerobay_analysis.files.tables import MAX_TEXT

MAX_ROWS = 20_000
"""Rows with content on one sheet; a form of 11 indicators has a few hundred."""
MAX_PARTS = 2_000
MAX_KEPT = 80_000_000
"""Unpacked size of all parts without empty cells."""
MAX_UNPACKED = 600_000_000
"""Unpacked size of all parts; a million formatted rows of 20 columns have about 500 million."""
PIECE = 1_000_000
"""Bytes read at a time; no cell of 32,767 characters takes as many in any spelling."""

_EMPTY_CELL = re.compile(rb'<(?:\w+:)?c\s(?:[^<>]*\s)?r="[^<>]*(?:/>|(?<!/)>\s*</(?:\w+:)?c>)')
_EMPTY_ROW = re.compile(rb'<(?:\w+:)?row\s(?:[^<>]*\s)?r="[^<>]*(?:/>|(?<!/)>\s*</(?:\w+:)?row>)')
"""Only with an address: without one, whatever follows would move up."""
_ROW = re.compile(rb"<(?:\w+:)?row[\s>]")
_CELL = re.compile(rb"<(?:\w+:)?c[\s>]")
_ADDRESS = re.compile(rb'<(?:\w+:)?(?:row|c)\s(?:[^<>]*?\s)?r="([A-Z]*\d+)"')
_STRING = re.compile(rb"<(?:\w+:)?si[\s/>]")
_BACKWARDS = re.compile(rb't\s*=\s*["\']s["\'][^<>]*>\s*<(?:\w+:)?v[^<>]*>\s*-')
"""A shared string counted from the end: openpyxl would read the last one."""
_STYLE = re.compile(rb"<(?:\w+:)?(?:xf|font|fill|border|numFmt|dxf|cellStyle)[\s/>]")
_ITEM = re.compile(rb"</(?:\w+:)?(?:si|c)>")
_COVERED = re.compile(
    rb'<(?:\w+:)?(?:mergeCell|hyperlink)\s[^<>]*?\bref="\$?([A-Z]+)\$?(\d+):\$?([A-Z]+)\$?(\d+)"'
)
_SHEET = re.compile(rb"<(?:\w+:)?(?:worksheet|dialogsheet)[\s>]")
_TAG = re.compile(rb"<[^<>]*>")
BINARY, SHEET, OTHER = "a picture or the like", "a sheet", "any other XML part"

LIMITS: Mapping[re.Pattern[bytes], tuple[int, str, str]] = {
    _CELL: (500_000, "个单元格有内容", "cells with content"),  # 20,000 rows of 25 columns
    _STRING: (500_000, "条共享文字", "shared strings"),  # no more can be used than there are cells
    _STYLE: (65_490, "种单元格样式", "cell styles"),  # the most that Excel itself can hold
    _COVERED: (20_000, "个单元格被合并或加了链接", "cells in merged ranges and links"),
}
"""The most of each kind that a workbook may have."""


def measured(data: bytes) -> bytes:
    """A workbook's bytes without needless bulk; raise ``Refused`` for what is none."""
    if not data:
        raise Refused("empty_workbook")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refused("old_workbook")
    if data.count(b"PK\x01\x02") > MAX_PARTS:
        raise Refused("many_parts", limit=MAX_PARTS)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _copied(archive)
    except Refused:
        raise
    except Exception as error:  # zipfile and its decompressors raise whatever they meet
        raise Refused("damaged_workbook", reason=type(error).__name__) from error


def _copied(archive: zipfile.ZipFile) -> bytes:
    """Copy of a workbook, part by part."""
    infos = archive.infolist()
    names = [info.filename for info in infos]
    if not any(name.endswith("workbook.xml") for name in names):
        raise Refused("no_workbook")
    if len({*names}) < len(names):
        raise Refused("part_twice")
    if any(info.flag_bits & 1 for info in infos):
        raise Refused("password")
    if any(info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for info in infos):
        raise Refused("packed_otherwise")
    count = _Count()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as copy:
        for info in infos:
            if info.is_dir():
                continue
            copy.writestr(info.filename, _part(archive, info, count))
    return target.getvalue()


def _part(archive: zipfile.ZipFile, info: zipfile.ZipInfo, count: _Count) -> bytes:
    """One part, read piece by piece; a piece ends behind a row, a string or a tag."""
    kept: list[bytes] = []
    rest, kind = b"", ""
    count.rows, count.addresses = 0, set()
    with archive.open(info) as stream:
        while piece := stream.read(PIECE):
            count.unpacked += len(piece)
            rest += piece
            kind = kind or _kind(rest[:2000])
            cut = len(rest) if kind == BINARY else _end_of_item(rest)
            kept.append(count.taken(rest[:cut], kind))
            rest = rest[cut:]
            count.kept += len(kept[-1])
            if count.kept > MAX_KEPT or count.unpacked > MAX_UNPACKED:
                raise Refused("large_workbook")
            if len(rest) > 2 * PIECE:
                raise Refused("long_workbook_cell", limit=MAX_TEXT)
    return b"".join([*kept, count.taken(rest, kind)])


def _kind(start: bytes) -> str:
    """Kind of a part, told by how it begins: a name can say anything."""
    if re.match(rb"\xff\xfe<|\xfe\xff\x00<|<\x00|\x00<", start):
        raise Refused("no_utf8_part")
    if not start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return BINARY
    encoding = re.search(rb"<\?xml[^>]*encoding\s*=\s*[\"']([^\"']*)", start)
    if encoding is not None and encoding[1].lower() not in {b"utf-8", b"utf8", b"us-ascii"}:
        raise Refused("no_utf8_part")
    return SHEET if _SHEET.search(start) else OTHER


def _end_of_item(text: bytes) -> int:
    """Where the last whole row, else cell or string, else tag of a piece ends."""
    for marks in ((b"</row>", b":row>"), (b"</c>", b"</si>", b":c>", b":si>")):
        end = max(text.rfind(mark) for mark in marks)
        if end >= 0:
            return text.index(b">", end) + 1
    opened = text.rfind(b"<")
    return opened if opened > text.rfind(b">") else len(text)


@dataclass
class _Count:
    """What has been counted so far; a limit that is passed raises."""

    unpacked: int = 0
    kept: int = 0
    rows: int = 0
    counted: Counter[re.Pattern[bytes]] = field(default_factory=Counter)
    addresses: set[bytes] = field(default_factory=set)

    def taken(self, text: bytes, kind: str) -> bytes:
        """A piece of a part; of a sheet without its empty cells and rows."""
        if kind == BINARY:
            return text
        if kind == SHEET:
            text = _EMPTY_ROW.sub(b"", _EMPTY_CELL.sub(b"", text))
            if _BACKWARDS.search(text):
                raise Refused("damaged_workbook", reason="a shared string below the first")
            self.rows += len(_ROW.findall(text))
            if self.rows > MAX_ROWS:
                raise Refused("many_sheet_rows", limit=MAX_ROWS)
        elif _SHEET.search(text):  # behind a preamble that nobody writes to be read
            raise Refused("not_by_excel")
        if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
            raise Refused("entities")
        for pattern in LIMITS if kind == SHEET else (_STRING, _STYLE):
            found = pattern.findall(text)
            self.counted[pattern] += sum(_area(*c) for c in found) if pattern is _COVERED else len(found)
            limit, chinese, english = LIMITS[pattern]
            if self.counted[pattern] > limit:
                raise Refused("many_of_a_kind", limit=limit, chinese=chinese, english=english)
        if _longest_item(text) > MAX_TEXT:
            raise Refused("long_workbook_cell", limit=MAX_TEXT)
        for address in _ADDRESS.findall(text) if kind == SHEET else ():
            if address in self.addresses:  # of two rows or cells of one address only one would be read
                raise Refused("address_twice", name=address.decode())
            self.addresses.add(address)
        return text


def _area(first_column: bytes, first_row: bytes, last_column: bytes, last_row: bytes) -> int:
    """Cells of a range; a column beyond the third letter is damage."""
    from openpyxl.utils import column_index_from_string

    first, last = (column_index_from_string(letters[:4].decode()) for letters in (first_column, last_column))
    return (abs(int(last) - int(first)) + 1) * (abs(int(last_row[:8]) - int(first_row[:8])) + 1)


def _longest_item(text: bytes) -> int:
    """Characters of the longest cell or string of a piece; short ones count as none."""
    longest = start = 0
    for found in _ITEM.finditer(text) if len(text) > MAX_TEXT else ():
        if found.start() - start > MAX_TEXT:
            longest = max(longest, sum(_runs(text[start : found.start()])))
        start = found.end()
    if len(text) - start > MAX_TEXT:
        longest = max(longest, *_runs(text[start:]))
    return longest


def _runs(item: bytes) -> list[int]:
    """Characters of every stretch of text between the tags of a piece of XML."""
    return [len(unescape(run.decode("utf-8", "replace"))) for run in _TAG.split(item)]
