"""How long the page takes to answer: a hover on a mark, a filter, a sort, an indicator opened from its row.

Run it on an otherwise idle machine; it needs Chromium and Playwright::

    python -m benchmarks.page_speed outputs/latest/index.html            # the page of a report
    python -m benchmarks.page_speed outputs/latest/index.html --rows 200 # its indicators repeated to so many

Timed in the browser, from the event to the frame in which its answer stands (two animation frames
later at most), so that layout and painting are in it. Every mark is hovered once.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.browser import page

GOAL = 100.0
TIMED = """async ({selector, kind}) => {
    const told = [];
    for (const at of [...document.querySelectorAll(selector)].slice(0, 400)) {
        if (kind === "pointerenter") at.scrollIntoView({block: "center"});
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        const began = performance.now();
        if (kind === "click") at.click(); else at.dispatchEvent(new Event(kind, {bubbles: true}));
        document.body.offsetHeight;
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        told.push(performance.now() - began);
        document.querySelector("dialog[open]")?.close();
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    }
    return told;
}"""
QUESTIONS = {
    "hover": ("figure svg .mark", "pointerenter"),
    "filter": ("#ask select", "input"),
    "sort": ("table.heat thead button", "click"),
    "open": ("table.heat a[href^='#i']", "click"),
}


def repeated(html: str, rows: int) -> str:
    """The page with its indicators' rows and sections repeated, under other numbers, to ``rows``."""
    table = re.search(r'<table class="heat">.*?<tbody>(.*?)</tbody>', html, re.DOTALL)
    sections = re.findall(r'<section>\s*<h3 id="i\d+">.*?</section>', html, re.DOTALL)
    if table is None or not sections:
        raise ValueError("not the page of a report")
    lines = re.findall(r"<tr.*?</tr>", table[1], re.DOTALL)
    more_lines, more_sections = [], []
    for k in range(len(lines), rows):
        line, section, number = lines[k % len(lines)], sections[k % len(lines)], k + 1
        own = re.search(r'<h3 id="i(\d+)">', section)
        assert own is not None
        line = line.replace(f">{own[1]}<", f">{number}<", 1).replace(f"#i{own[1]}", f"#i{number}")
        section = re.sub(r'((?:id="|href="#|url\(#|aria-labelledby="))', rf"\1n{number}-", section)
        section = section.replace(f'id="n{number}-i{own[1]}"', f'id="i{number}"')
        section = re.sub(r"-(figure|target)\.([^\"]+?)\.", rf"-\1.n{number}-\2.", section)
        more_lines.append(line)
        more_sections.append(section)
    html = html.replace(lines[-1], lines[-1] + "".join(more_lines), 1)
    return html.replace(sections[-1], sections[-1] + "".join(more_sections), 1)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("page", type=Path)
    parser.add_argument("--rows", type=int, default=0)
    options = parser.parse_args()
    html = options.page.read_text(encoding="utf-8")
    errors: list[str] = []
    with TemporaryDirectory() as folder, page(errors) as tab:
        asked = Path(folder) / "index.html"
        asked.write_text(repeated(html, options.rows) if options.rows else html, encoding="utf-8")
        tab.goto(asked.as_uri())
        size = len(html.encode()) / 1e6
        print(f"{size:.1f} MB; milliseconds, median / 95th percentile / worst; goal {GOAL:.0f}")
        for name, (selector, kind) in QUESTIONS.items():
            took = sorted(tab.evaluate(TIMED, {"selector": selector, "kind": kind}))
            shown = [took[len(took) // 2], took[min(len(took) - 1, int(0.95 * len(took)))], took[-1]]
            slow = sum(one > GOAL for one in took)
            print(
                f"{name:<8}{len(took):>6} times  "
                + " / ".join(f"{one:.0f}" for one in shown)
                + f"  over: {slow}"
            )
    print(*errors, sep="\n", end="")


if __name__ == "__main__":
    main()
