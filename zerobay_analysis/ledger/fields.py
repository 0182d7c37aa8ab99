"""Columns of a ledger and the words that its cells may have.

A department needs four columns, ``indicator, period, value, unit``; everything else has a
default that follows from the indicator. The public record fills more of them by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from zerobay_analysis.files.tables import Field
from zerobay_analysis.ledger.qualifiers import QUALIFIERS
from zerobay_analysis.plan import Kind

__all__ = [
    "BASES",
    "COUNT_UNITS",
    "HOME",
    "IMPORT_FIELDS",
    "KEY",
    "OBSERVATION_FIELDS",
    "PERIOD_TYPES",
    "ROW_FIELDS",
    "SOURCE_FIELDS",
    "Basis",
    "Comparability",
    "Role",
    "Status",
]

KEY = ("indicator", "measure", "geography", "period_end", "basis", "comparability", "reporter")
"""What makes two rows vintages of the same figure."""

HOME = "大零号湾"
"""Geography of a row that does not say."""


class Role(StrEnum):
    """What a figure may tell a model about the official series."""

    OWN = "own"
    """Official definition and geography: informs level and growth."""
    DOUBTFUL = "doubtful"
    """Wording matches, but a change of definition is possible: as likely to carry an
    unknown constant offset as not."""
    PROXY = "proxy"
    """Other definition or geography: unknown constant offset, informs growth only."""
    OUTLIER = "outlier"
    """Kept and shown; no weight in any model, for the reason in ``caveat``."""
    CONTEXT = "context"
    """Shown beside the indicator, no weight in any model: another unit or another kind of
    count (a stock where the indicator is a flow, a figure per head)."""


class Comparability(StrEnum):
    """How a figure relates to the plan's indicator."""

    DIRECT = "direct"
    OTHER_DEFINITION = "other_definition"
    OTHER_GEOGRAPHY = "other_geography"
    CONTEXT = "context"


class Status(StrEnum):
    """Whether a vintage says what a figure is, or takes it back."""

    VALID = "valid"
    WITHDRAWN = "withdrawn"


class Basis(StrEnum):
    """What stretch of time a figure covers."""

    STOCK = "stock"
    CUMULATIVE = "cumulative"
    FLOW = "flow"
    RATE = "rate"
    SHARE = "share"
    YTD_FLOW = "ytd_flow"
    YTD_RATE = "ytd_rate"
    PART_FLOW = "part_flow"
    """Sum over a part of the year that does not begin in January, or of one batch."""
    PART_RATE = "part_rate"


BASES: Mapping[Kind, frozenset[Basis]] = {
    Kind.STOCK: frozenset({Basis.STOCK, Basis.CUMULATIVE}),
    Kind.CUMULATIVE: frozenset({Basis.STOCK, Basis.CUMULATIVE}),
    Kind.FLOW: frozenset({Basis.FLOW, Basis.YTD_FLOW}),
    Kind.RATE: frozenset({Basis.RATE, Basis.YTD_RATE}),
}
"""Bases that a model of each kind can use."""

PERIOD_TYPES: Mapping[str, str] = {
    "全年": "year",
    "年度": "year",
    "annual": "year",
    "时点": "point",
    "期末": "point",
    "年末": "point",
    "历年累计": "point",
    "stock": "point",
    "本年累计": "ytd",
    "年初至今": "ytd",
    "ytd": "ytd",
    "当期": "part",
    "当季": "part",
    "当月": "part",
    "part": "part",
}

COUNT_UNITS = frozenset({"个", "家"})
"""Measure words for institutions: a change of one for the other is no change of scale."""


def _choice(words: type[StrEnum], **chinese: str) -> dict[str, str]:
    return {**{str(w): str(w) for w in words}, **chinese}


OBSERVATION_FIELDS = (
    Field(
        "indicator",
        "integer",
        blank=True,
        aliases=("指标", "指标序号"),
        note="计划附件1的序号 / number in annex 1",
    ),
    Field("period", aliases=("期间", "时间"), note="2025, 2025-06, 2025Q2, 2025-06-30"),
    Field(
        "value",
        "number",
        blank=True,
        aliases=("数值", "值"),
        note="数字，如 1890、1,890、1.89千、15%；撤回时可空 / digits; may be blank when withdrawn",
    ),
    Field("unit", aliases=("单位",), note="与指标的单位一致 / the indicator's unit"),
    Field(
        "indicator_name",
        required=False,
        blank=True,
        aliases=("指标名称",),
        note="与序号核对 / checked against the number",
    ),
    Field(
        "status",
        required=False,
        blank=True,
        default=Status.VALID,
        choices=_choice(Status, 有效="valid", 撤回="withdrawn"),
        aliases=("状态",),
        note="空为有效；撤回：此前报的数不再算数 / blank means valid; withdrawn takes a figure back",
    ),
    Field(
        "qualifier",
        required=False,
        blank=True,
        choices={word: word for word in QUALIFIERS},
        aliases=("限定词",),
        note="约、超、近、余 …；空为准确数 / blank means exact",
    ),
    Field(
        "published", "date", required=False, blank=True, aliases=("发布日期", "报送日期"), note="YYYY-MM-DD"
    ),
    Field(
        "period_type",
        required=False,
        blank=True,
        aliases=("期间类型",),
        note="全年、时点、本年累计、当期 / annual, stock, ytd, part",
    ),
    Field(
        "comparability",
        required=False,
        blank=True,
        default="direct",
        choices=_choice(
            Comparability,
            直接="direct",
            口径不同="other_definition",
            地域不同="other_geography",
            背景="context",
        ),
        aliases=("可比性",),
        note="空为 direct：口径与地域都与计划一致 / blank means the plan's definition and area",
    ),
    Field("reporter", required=False, blank=True, aliases=("报送单位",), note="谁报的 / who reports"),
    Field(
        "source",
        required=False,
        blank=True,
        aliases=("来源",),
        note="sources.csv 的编号，或文件名 / id or title",
    ),
    Field("caveat", required=False, blank=True, aliases=("note", "备注", "说明"), note="说明 / remarks"),
    Field(
        "written",
        required=False,
        blank=True,
        aliases=("原文",),
        note="换算前的写法，如 1.89千人 / as written before conversion",
    ),
    Field("measure", required=False, blank=True, aliases=("口径",), note="数的是什么 / what is counted"),
    Field("geography", required=False, blank=True, aliases=("地域",), note="空为大零号湾 / blank: the zone"),
    Field("observation", required=False, blank=True, aliases=("编号",), note="编号 / identifier"),
    Field("period_end", "date", required=False, blank=True, note="期末日 / last day of the period"),
    Field("period_end_inferred", "boolean", required=False, blank=True, default="false"),
    Field("basis", required=False, blank=True, choices=_choice(Basis), note="由指标和期间推出 / follows"),
    Field("role", required=False, blank=True, choices=_choice(Role), note="由可比性推出 / follows"),
    Field("group", required=False, blank=True, note="同组共用一个未知偏差 / shares one unknown offset"),
    Field("role_reason", required=False, blank=True),
    Field("conflict", required=False, blank=True, note="互相矛盾的数同号 / conflicting figures share it"),
    Field("conflict_note", required=False, blank=True),
    Field("synthetic", "boolean", required=False, blank=True, default="false", note="演示数据 / made up"),
    Field(
        "published_inferred",
        "boolean",
        required=False,
        blank=True,
        default="false",
        note="发布日期是推定的 / the publication date is inferred",
    ),
    Field(
        "known_from",
        "date",
        required=False,
        blank=True,
        note="入账日：此前的视图看不到；空为发布日期 / day from which views see it; blank: published",
    ),
    Field("place", required=False, blank=True, note="在原文件中的位置 / where in the file it stood"),
    Field("import_id", required=False, blank=True, note="导入批次 / the import that brought it"),
)
"""Columns of ``observations.csv``; only the first four must be there."""

IMPORT_FIELDS = (
    Field("import_id"),
    Field("imported_at", note="导入时间（含时区） / when, with time zone"),
    Field("operator", blank=True, note="谁导入的 / who imported it"),
    Field("reporter_option", blank=True, note="导入时指定的报送单位 / reporter given at the import"),
    Field("file_name", note="文件名 / the file's name"),
    Field("file_sha256", note="文件的 SHA-256 / of the file's bytes"),
    Field("rows_in_import", "integer", note="本批行数 / rows of the import"),
    Field("rows_sha256", note="本批各行的 SHA-256，核对未被改动 / of the rows, to see that none was changed"),
)
"""What is known about an import, besides its rows."""

ROW_FIELDS = tuple(spec for spec in OBSERVATION_FIELDS if spec.name not in {"indicator_name", "import_id"})
"""What a store keeps of every row."""

SOURCE_FIELDS = (
    Field("source"),
    Field("publisher"),
    Field("title", required=False, blank=True),
    Field("published", "date", required=False, blank=True),
    Field("published_as_stated", required=False, blank=True),
    Field("published_inferred", "boolean", required=False, blank=True, default="false"),
    Field("source_class", required=False, blank=True),
    Field("copy", required=False, blank=True),
    Field("url", required=False, blank=True),
    Field("note", required=False, blank=True),
)
"""Columns of ``sources.csv``."""
