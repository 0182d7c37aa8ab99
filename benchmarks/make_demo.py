"""Make ``data/demo``: a department ledger of made-up figures, from stated assumptions.

    python benchmarks/make_demo.py [FOLDER]

Every number that decides the outcome stands in this file and, in words, in
``data/demo/README.md``. The same seed gives the same bytes on every machine: only the standard
library's Mersenne Twister is used, and every figure is rounded.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

SEED = 20260618
COLLECTED = date(2026, 11, 22)
"""Nothing is published later."""
YEARS = (2021, 2022, 2023, 2024, 2025)
THIS_YEAR = 2026
QUARTER_ENDS = ((3, 31), (6, 30), (9, 30), (12, 31))

COLUMNS = (
    "observation",
    "indicator",
    "period",
    "period_type",
    "value",
    "qualifier",
    "unit",
    "published",
    "comparability",
    "reporter",
    "source",
    "caveat",
    "measure",
    "geography",
    "role",
    "group",
    "role_reason",
    "conflict",
    "conflict_note",
    "synthetic",
)
SOURCE_COLUMNS = ("source", "publisher", "title", "published", "source_class", "note")


@dataclass(frozen=True)
class Level:
    """A stock or a cumulative total: the year-end of 2020 and its growth.

    Attributes
    ----------
    start : float
        Level at the end of 2020.
    growth, noise : float
        Mean and standard deviation of a year's growth, as shares.
    within : float
        Growth of the first three quarters of 2026 over the whole year's mean growth.
    cumulative : bool
        Never falls.
    """

    indicator: int
    unit: str
    reporter: str
    start: float
    growth: float
    noise: float
    within: float
    cumulative: bool = False


@dataclass(frozen=True)
class Flow:
    """New in the year: mean, growth, and how the year's total arrives by quarter."""

    indicator: int
    unit: str
    reporter: str
    start: float
    growth: float
    noise: float
    profile: tuple[float, float, float]
    profile_noise: float
    expected: float
    """Total of 2026 that its quarters are drawn from."""


@dataclass(frozen=True)
class Rate:
    """Percent for the year: its level each year and how far the year to date strays from it."""

    indicator: int
    reporter: str
    mean: float
    slope: float
    noise: float
    start_bias: float
    """Year to date minus year at the end of March, in points; fades to zero by December."""
    stray: float
    """Standard deviation of the same at the end of March, in points."""
    expected: float
    """Value of 2026 that its quarters stray from."""


KEWEI, JINGWEI, SHICHANG = "区科委", "区经委", "区市场局"
JITUAN, ZIZHU, JINTOU, RENCAI = "大零号湾集团", "紫竹高新区", "闵金投公司", "区人才局"

LEVELS = (
    Level(1, "个", KEWEI, 46, 0.060, 0.020, 0.80),
    Level(2, "件", SHICHANG, 5400, 0.082, 0.020, 0.70),
    Level(6, "家", JINGWEI, 172, 0.095, 0.030, 0.60, cumulative=True),
    Level(7, "家", JITUAN, 88, 0.085, 0.035, 0.70),
    Level(9, "亿元", JINTOU, 148, 0.170, 0.050, 0.50, cumulative=True),
    Level(10, "家", ZIZHU, 214, 0.058, 0.012, 0.50, cumulative=True),
    Level(11, "人", RENCAI, 1370, 0.055, 0.012, 0.75, cumulative=True),
)
FLOWS = (Flow(5, "家", KEWEI, 66, 0.080, 0.090, (0.06, 0.20, 0.45), 0.030, 106),)
RATES = (
    Rate(3, KEWEI, 12.4, 0.35, 0.25, -0.8, 0.35, 14.2),
    Rate(4, JITUAN, 6.0, 0.10, 2.20, 0.6, 1.60, 7.4),
    Rate(8, KEWEI, 17.0, 0.20, 2.40, -0.5, 2.20, 17.5),
)


@dataclass(frozen=True)
class Promise:
    """A commitment or a task: what is done of it at the end of each quarter of 2026 so far.

    Attributes
    ----------
    item : str
        Its number and name in the plan, as a department writes it under ``measure``.
    done : tuple of int
        Since the start of the plan; of a task the place of its stage in STAGES.
    to_date : bool
        Counted anew every year.
    """

    item: str
    unit: str
    reporter: str
    done: tuple[int, int, int]
    to_date: bool = False


PROMISES = (
    Promise("C01 各类平台服务创新主体", "次", KEWEI, (31, 72, 128)),
    Promise("C02 平台孵化成果转化项目", "个", KEWEI, (2, 5, 9)),
    Promise("C04 上海交通大学国家大学科技园引育师生校友创新企业", "家", KEWEI, (9, 19, 31)),
    Promise("C05 华东师范大学国家大学科技园引育师生校友创新企业", "家", KEWEI, (3, 6, 10)),
    Promise("C06 百亿级创新产业集群", "个", JINGWEI, (1, 1, 1)),
    Promise("C11 区校主要领导会商", "次", JITUAN, (0, 1, 1), to_date=True),
    Promise("T01 任务进展", "进展", KEWEI, (1, 1, 1)),
    Promise("T02 任务进展", "进展", KEWEI, (1, 1, 1)),
    Promise("T03 任务进展", "进展", KEWEI, (1, 1, 1)),
    Promise("T04 任务进展", "进展", JINGWEI, (1, 1, 1)),
    Promise("T05 任务进展", "进展", KEWEI, (1, 1, 1)),
    Promise("T06 任务进展", "进展", JINGWEI, (1, 1, 1)),
    Promise("T07 任务进展", "进展", JINTOU, (1, 1, 1)),
    Promise("T08 任务进展", "进展", RENCAI, (1, 1, 2)),
    Promise("T09 任务进展", "进展", JITUAN, (1, 1, 1)),
    Promise("T11 任务进展", "进展", JITUAN, (1, 1, 1)),
)
"""C03, T10 and T12 are left out on purpose: nobody has reported them."""

LAG = {"year": (25, 20), "quarter": (18, 10)}
"""Days from the end of a period to its publication: least, and width of a uniform law over it."""

Row = dict[str, str]

SYNTHETIC = "演示 / made up"
"""What every row says of itself."""


def main(folder: Path) -> None:
    """Write ``observations.csv`` and ``sources.csv`` into ``folder``."""
    rows = numbered([*figures(Random(SEED)), *surroundings(), *promised(Random(SEED + 1))])
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "observations.csv", COLUMNS, rows)
    write(folder / "sources.csv", SOURCE_COLUMNS, sources(rows))


def figures(random: Random) -> list[Row]:
    """The official series of all eleven indicators, with what went wrong on the way."""
    rows: list[Row] = []
    for level in LEVELS:
        rows += level_rows(level, random)
    for flow in FLOWS:
        rows += flow_rows(flow, random)
    for rate in RATES:
        rows += rate_rows(rate, random)
    return [*late(foreign_start(worded(rows))), *revised(rows), *conflicting(rows)]


def level_rows(level: Level, random: Random) -> list[Row]:
    """Year-ends 2021 to 2025 and the quarter-ends of 2026 so far."""
    rows, value = [], level.start
    for year in YEARS:
        value = grown(level, value, 1.0, random)
        rows.append(row(level.indicator, str(year), "时点", value, level.unit, level.reporter, random))
    for quarter in (1, 2, 3):
        value = grown(level, value, level.within / 3, random)
        end = date(THIS_YEAR, *QUARTER_ENDS[quarter - 1])
        rows.append(
            row(level.indicator, end.isoformat(), "时点", value, level.unit, level.reporter, random, end)
        )
    return rows


def grown(level: Level, value: float, share: float, random: Random) -> float:
    """Level after a share of a year."""
    after: float = value * (1 + share * level.growth + share**0.5 * level.noise * random.gauss(0, 1))
    return max(after, value) if level.cumulative else after


def flow_rows(flow: Flow, random: Random) -> list[Row]:
    """Totals of 2021 to 2025 with their quarters, and 2026 so far."""
    rows = []
    totals = [
        flow.start * (1 + flow.growth) ** k * (1 + flow.noise * random.gauss(0, 1)) for k in range(len(YEARS))
    ]
    for year, total in zip((*YEARS, THIS_YEAR), (*totals, flow.expected), strict=True):
        shares = [share + flow.profile_noise * random.gauss(0, 1) * share**0.5 for share in flow.profile]
        for quarter, share in enumerate(sorted(max(share, 0.02) for share in shares), start=1):
            period, end = to_date(year, quarter)
            value = round(share * round(total))
            rows.append(row(flow.indicator, period, "本年累计", value, flow.unit, flow.reporter, random, end))
        if year != THIS_YEAR:
            rows.append(row(flow.indicator, str(year), "全年", total, flow.unit, flow.reporter, random))
    return rows


def rate_rows(rate: Rate, random: Random) -> list[Row]:
    """Rates of 2021 to 2025 with their years to date, and 2026 so far."""
    rows = []
    for step, year in enumerate((*YEARS, THIS_YEAR)):
        whole = rate.mean + rate.slope * step + rate.noise * random.gauss(0, 1)
        if year == THIS_YEAR:
            whole = rate.expected
        for quarter in (1, 2, 3):
            period, end = to_date(year, quarter)
            fade = (4 - quarter) / 3
            value = whole + fade * (rate.start_bias + rate.stray * random.gauss(0, 1))
            rows.append(row(rate.indicator, period, "本年累计", value, "%", rate.reporter, random, end, 1))
        if year != THIS_YEAR:
            rows.append(row(rate.indicator, str(year), "全年", whole, "%", rate.reporter, random, digits=1))
    return rows


def to_date(year: int, quarter: int) -> tuple[str, date]:
    """Period of a year-to-date figure in words, and its last day."""
    return f"{year}年1-{3 * quarter}月", date(year, *QUARTER_ENDS[quarter - 1])


def row(
    indicator: int,
    period: str,
    period_type: str,
    value: float,
    unit: str,
    reporter: str,
    random: Random,
    end: date | None = None,
    digits: int = 0,
) -> Row:
    """One exact figure of the official definition, published in good time."""
    least, width = LAG["year" if end is None else "quarter"]
    last = end or date(int(period[:4]), 12, 31)
    published = last + timedelta(days=least + random.randrange(width))
    return {
        **dict.fromkeys(COLUMNS, ""),
        "indicator": str(indicator),
        "period": period,
        "period_type": period_type,
        "value": f"{value:.{digits}f}",
        "unit": unit,
        "published": published.isoformat(),
        "comparability": "direct",
        "reporter": reporter,
        "caveat": SYNTHETIC,
        "synthetic": "true",
    }


def find(rows: Sequence[Row], indicator: int, period: str) -> Row:
    """The row of one indicator and period."""
    return next(r for r in rows if (r["indicator"], r["period"]) == (str(indicator), period))


def worded(rows: Sequence[Row]) -> list[Row]:
    """Some figures are told in words, as departments do: 约, 超, 近."""
    changes: Mapping[tuple[int, str], tuple[str, int]] = {
        (9, "2021"): ("约", 5),
        (9, "2023"): ("超", 10),
        (2, "2022"): ("近", 100),
        (9, "2026-06-30"): ("超", 10),
    }
    for (indicator, period), (word, step) in changes.items():
        told = find(rows, indicator, period)
        below = int(told["value"]) // step * step
        told["value"] = str(below + step if word == "近" else below)
        told["qualifier"] = word
        told["caveat"] = (
            f"演示；原报“{word}”，请补准确数 / made up; reported in words, the exact figure is wanted"
        )
    return list(rows)


def foreign_start(rows: Sequence[Row]) -> list[Row]:
    """Indicator 11: for 2021 and 2022 only the district's figure is known, another geography."""
    for year, factor in (("2021", 1.31), ("2022", 1.29)):
        told = find(rows, 11, year)
        told["value"] = str(round(factor * int(told["value"])))
        told["comparability"] = "other_geography"
        told["geography"] = "闵行区"
        told["caveat"] = "演示；全区数，方案口径自2023年起 / made up; of the whole district"
    return list(rows)


def late(rows: Sequence[Row]) -> list[Row]:
    """Indicator 10: the year-end of 2025 came in August 2026."""
    told = find(rows, 10, "2025")
    told["published"] = "2026-08-20"
    told["caveat"] = "演示；迟报232天 / made up; 232 days late"
    return list(rows)


def revised(rows: Sequence[Row]) -> list[Row]:
    """Two figures were published again: the rate of 2024 and the patents of 2025."""
    first, second = dict(find(rows, 4, "2024")), dict(find(rows, 2, "2025"))
    first["value"] = f"{float(first['value']) - 0.7:.1f}"
    first["published"], first["caveat"] = (
        "2025-10-28",
        "演示；经济普查后修订 / made up; revised after the economic census",
    )
    second["value"] = str(int(second["value"]) + 64)
    second["published"], second["caveat"] = (
        "2026-04-16",
        "演示；年报核定后修订 / made up; revised after the annual report",
    )
    return [first, second]


def conflicting(rows: Sequence[Row]) -> list[Row]:
    """Indicator 7: two units report different year-ends of 2025."""
    one = find(rows, 7, "2025")
    other = {**one, "reporter": ZIZHU, "value": str(int(one["value"]) + 7), "published": "2026-02-20"}
    for told in (one, other):
        told["conflict"] = "K1"
        told["conflict_note"] = (
            "同一时点两个单位所报不同，请核对统计范围 / two units differ: which scope do they count?"
        )
    return [other]


def surroundings() -> list[Row]:
    """Figures that are not the official series: proxies, one doubtful, an outlier, context."""
    base = {**dict.fromkeys(COLUMNS, ""), "synthetic": "true"}

    def told(indicator: str, period: str, value: str, unit: str, published: str, **more: str) -> Row:
        given = {
            "indicator": indicator,
            "period": period,
            "value": value,
            "unit": unit,
            "published": published,
        }
        return {**base, **given, "reporter": "区统计局", "caveat": SYNTHETIC, **more}

    registered = {"measure": "在区备案基金规模", "comparability": "other_definition", "period_type": "时点"}
    return [
        told("9", "2022", "236", "亿元", "2023-03-02", **registered),
        told("9", "2023", "281", "亿元", "2024-03-05", **registered),
        told("9", "2024", "342", "亿元", "2025-03-04", **registered),
        told(
            "6",
            "2020",
            "181",
            "家",
            "2021-03-10",
            comparability="direct",
            period_type="时点",
            role="doubtful",
            group="专精特新企业（含区外）",
            role_reason="统计范围可能含区外注册企业 / may count firms registered outside the district",
        ),
        told(
            "4",
            "2023年1-11月",
            "42",
            "%",
            "2023-12-15",
            qualifier="超",
            comparability="direct",
            period_type="本年累计",
            role="outlier",
            role_reason="新闻标题中的数，与同期报表相差数倍 / a headline's figure, times that of the returns",
        ),
        told(
            "",
            "2025",
            "3120",
            "亿元",
            "2026-01-30",
            comparability="context",
            measure="地区生产总值",
            geography="闵行区",
        ),
    ]


def promised(random: Random) -> list[Row]:
    """Commitments and tasks at the end of each quarter of 2026 so far."""
    rows = []
    for promise in PROMISES:
        for quarter, done in enumerate(promise.done, start=1):
            period, end = to_date(THIS_YEAR, quarter)
            kind = "本年累计" if promise.to_date else "时点"
            told = end.isoformat() if kind == "时点" else period
            rows.append(
                {
                    **row(0, told, kind, done, promise.unit, promise.reporter, random, end),
                    "indicator": "",
                    "comparability": "context",
                    "measure": promise.item,
                }
            )
    return rows


def numbered(rows: Sequence[Row]) -> list[Row]:
    """Rows in the order of indicator and publication, each with its number and source."""
    ordered = sorted(rows, key=lambda r: (int(r["indicator"] or 99), r["published"], r["period"]))
    names = {r: f"DS{k:02d}" for k, r in enumerate(sorted({r["reporter"] for r in rows}), start=1)}
    return [
        {**r, "observation": f"D{k:03d}", "source": names[r["reporter"]]}
        for k, r in enumerate(ordered, start=1)
    ]


def sources(rows: Sequence[Row]) -> list[Row]:
    """One source per reporting unit."""
    return [
        {
            "source": name,
            "publisher": f"{unit}（演示）",
            "title": "演示报表，数字均为虚构 / synthetic returns, no real figure",
            "published": COLLECTED.isoformat(),
            "source_class": "synthetic",
            "note": f"benchmarks/make_demo.py, seed {SEED}",
        }
        for name, unit in sorted({(r["source"], r["reporter"]) for r in rows})
    ]


def write(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Comma-separated, UTF-8, one line feed a line."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "data" / "demo")
