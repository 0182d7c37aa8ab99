"""Scenario files: keys, values, nesting, aliases, encodings and damaged bytes."""

from __future__ import annotations

from pathlib import Path
from random import Random

from tests.fuzz.judging import ACCEPTED, PLAN, REFUSED, Fault, speaks
from tests.fuzz.texts import damaged
from zerobay_analysis.errors import DataError
from zerobay_analysis.scenarios.form import check_scenarios, load_scenarios, parse_scenarios, scenario_text

__all__ = ["scenario_yaml"]

VALUES = (
    "20",
    "-5.5",
    "２０",
    "1e3",
    "0x14",
    "1_000",
    "1:30",
    "nan",
    ".inf",
    "-.inf",
    "~",
    "null",
    "yes",
    "2027-02-30",
    "2027",
    "2027Q2",
    "2027²",
    "2027-13",
    "0",
    "-0",
    "100",
    "101",
    "1e400",
    "9" * 400,
    "!!python/object:os.system x",
    "!!int x",
    "!!timestamp 2027",
    "[1, 2]",
    "{a: 1}",
    "'20",
    '"\\ud800"',
    '"\\uffff"',
    "*a",
    "&a 20",
    "|\n  20",
    "20 %",
    "20%",
    "约20",
    "'20'",
    "\u202e20",
    "2027-06-30T00:00:00+08:00",
    "!!binary aGVsbG8=",
    "<<",
    "=",
    "",
    "1.5",
    "2028",
    "0.1",
    "1000000",
)
KEYS = (
    "lever",
    "indicator",
    "from",
    "date",
    "amount",
    "percent",
    "unit",
    "year",
    "per_year",
    "size",
    "recovery_years",
    "percent_per_year",
    "trend_from",
    "trend_to",
    "over_years",
    "name",
    "levers",
    "note",
    "<<",
    "? [a]",
    "1",
    "~",
    "from ",
)
LEVERS = {
    "pace": ("from: 2027", "percent: 20"),
    "step": ("date: 2027Q2", "amount: 30"),
    "attrition": ("from: 2027", "percent_per_year: 3"),
    "shock": ("date: 2027-03", "size: -10", "recovery_years: 1.5"),
    "hold_pace": (),
    "reach_target": ("year: 2028",),
    "提速或减速": ("from: 2027-04-01", "percent: -20"),
}


def scenario_yaml(random: Random, folder: Path) -> str:
    """One or several scenarios, of which something may be odd."""
    text = "---\n".join(_scenario(random) for _ in range(random.choice((1, 1, 1, 2, 30))))
    changes = random.choice((0, 0, 1, 1, 2))
    for _ in range(changes):
        text = random.choice(_CHANGES)(random, text)
    data = text.encode(
        random.choice(("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "gb18030")), "replace"
    )
    if random.random() < 0.2:
        data = damaged(random, data)
    path = folder / "a.yaml"
    path.write_bytes(data)
    return _judged(path)


def _judged(path: Path) -> str:
    report = check_scenarios(path, PLAN)
    speaks(report.problems)
    try:
        scenarios = load_scenarios([path], PLAN)
    except DataError:
        if report.ok:
            raise Fault("the check passes what is refused") from None
        return REFUSED
    if not report.ok:
        raise Fault("the check refuses what is read")
    for scenario in scenarios:
        if not scenario.levers:
            raise Fault("a scenario without a lever")
        if parse_scenarios(scenario_text(scenario), plan=PLAN) != (scenario,):
            raise Fault(f"does not read back as it was: {scenario}")
        for pulled in scenario.levers:
            for lang in ("zh", "en"):
                pulled.lever.text(lang, PLAN.indicator(pulled.indicator)).encode("utf-8")
    return ACCEPTED


def _scenario(random: Random) -> str:
    lines = [
        "name: 提速",
        "name_en: faster",
        f"indicator: {random.choice((7, 9, 4, 5, 'fund_size', '估值过亿元企业'))}",
        "levers:",
    ]
    for _ in range(random.choice((1, 1, 2, 5))):
        lever = random.choice(list(LEVERS))
        lines += [f"  - lever: {lever}", *(f"    {line}" for line in LEVERS[lever])]
    return "\n".join(lines) + "\n"


def _value(random: Random, text: str) -> str:
    lines = text.split("\n")
    at = random.randrange(len(lines))
    key, colon, _ = lines[at].partition(": ")
    lines[at] = f"{key}{colon}{random.choice(VALUES)}"
    return "\n".join(lines)


def _key(random: Random, text: str) -> str:
    lines = text.split("\n")
    at = random.randrange(len(lines))
    _, colon, value = lines[at].partition(":")
    blanks = len(lines[at]) - len(lines[at].lstrip(" -"))
    lines[at] = f"{lines[at][:blanks]}{random.choice(KEYS)}{colon}{value}"
    return "\n".join(lines)


def _line(random: Random, text: str) -> str:
    lines = text.split("\n")
    at = random.randrange(len(lines))
    if random.random() < 0.4:
        del lines[at]
    elif random.random() < 0.5:
        lines.insert(random.randrange(len(lines)), lines[at])
    else:
        lines[at] = (
            random.choice(("\t", " ", "    ", "- ", "# ", "%YAML 1.1\n---\n", "...\n", "--- ")) + lines[at]
        )
    return "\n".join(lines)


def _deep(random: Random, text: str) -> str:
    depth = random.choice((20, 400, 1500, 20_000))
    opening, closing = random.choice((("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", ""), ("[[", "")))
    place = random.choice(("levers: ", "note: ", "extra: ", ""))
    return text + place + opening * depth + closing * depth + "\n"


def _aliases(random: Random, text: str) -> str:
    """Each line nine times the one above it: a thousand million if anyone follows them."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, random.choice((2, 9)))]
    if random.random() < 0.5:
        return "\n".join(lines) + "\n" + text
    return text.replace("levers:", "levers: &me\n  - *me\n", 1)


def _large(random: Random, text: str) -> str:
    match random.randrange(4):
        case 0:
            return text + "# " + "x" * 200_000 + "\n"
        case 1:
            return text + "".join(f"k{n}: 1\n" for n in range(1000))
        case 2:
            return text + "  - lever: hold_pace\n" * 500
        case _:
            return text.replace("提速", "长" * random.choice((81, 400, 20_000)))


_CHANGES = (_value, _value, _value, _key, _key, _line, _deep, _aliases, _large)
