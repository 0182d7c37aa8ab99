"use strict";
// The page answers without this script; with it one can filter and sort the first table, open an
// indicator from its row, and read every mark of a chart under the pointer or from the keyboard.
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const table = document.querySelector("table.heat");
  const ask = document.getElementById("ask");

  // Filter: a row stays if it names the unit and, in the chosen year (or in any), has the answer.
  const rows = all("tbody tr", table);
  const filter = () => {
    const [unit, year, said] = ["unit", "year", "said"].map((name) => ask.elements[name].value);
    let shown = 0;
    for (const row of rows) {
      const goals = all("td.goal", row).filter((goal) => !year || goal.dataset.label === year);
      const held = !unit || row.lastElementChild.textContent.split(/[、,]\s*/).includes(unit);
      row.hidden = !(held && (!said || goals.some((goal) => goal.querySelector("[data-said]")?.dataset.said === said)));
      shown += !row.hidden;
    }
    for (const cell of all("td.goal, thead th", table)) {
      const of = cell.dataset.label ?? cell.textContent;
      cell.classList.toggle("off", Boolean(year) && /^\d{4}$/.test(of) && of !== year);
    }
    ask.elements.count.value = `${shown} / ${rows.length}`;
  };
  ask.hidden = false;
  table.classList.add("asked");
  ask.addEventListener("input", filter);
  ask.addEventListener("reset", () => setTimeout(filter));
  filter();

  // Sort: a goal by its probability, another cell by the number it begins with, or else by its text, last.
  const value = (row, column) => {
    const cell = row.children[column], told = cell.textContent.trim();
    const number = told.match(cell.classList.contains("goal") ? /(\d+)\s*%/ : /^-?[\d,.]+/);
    return number ? Number((number[1] ?? number[0]).replaceAll(",", "")) : told;
  };
  const before = (a, b) =>
    typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1;
  all("thead th", table).forEach((head, column) => {
    const button = document.createElement("button");
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      all("thead th", table).forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const sorted = [...rows].sort((a, b) => before(value(a, column), value(b, column)));
      table.tBodies[0].append(...(down ? sorted.reverse() : sorted));
    });
  });

  // An indicator opens from its row: its section moves into the dialog and back.
  const dialog = document.getElementById("one");
  const home = document.createComment("");
  const open = (heading) => {
    const section = heading.closest("section");
    section.replaceWith(home);
    dialog.firstElementChild.append(section);
    dialog.showModal();
    dialog.firstElementChild.scrollTop = 0;
  };
  dialog.addEventListener("close", () => home.replaceWith(dialog.firstElementChild.firstElementChild));
  dialog.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const inside = link && document.getElementById(link.hash.slice(1));
    if (event.target === dialog || event.target.closest("button.shut") || (link && !dialog.contains(inside)))
      dialog.close();
  });
  table.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#i'], a[href^='#t']");
    if (link ? link.hash === "#if-then" : event.target.closest("thead, a")) return;
    const row = event.target.closest("tbody tr");
    const heading = row && document.getElementById(`i${row.cells[0].textContent.trim()}`);
    if (!heading || event.ctrlKey || event.metaKey || event.shiftKey || getSelection().toString()) return;
    event.preventDefault();
    open(heading);
  });

  // Every mark of a chart tells its row of the table beside it: a figure its source and day, a target its chance.
  const tip = document.getElementById("tip");
  const whole = (cell) => {  // a source by its name, not by its number alone
    const link = cell.querySelector("a[href^='#']");
    const named = link && document.getElementById(link.hash.slice(1))?.closest("tr").cells;
    return named?.length > 1 && named[0].parentNode !== cell.parentNode ? `${link.textContent} ${named[1].textContent}` : cell.textContent;
  };
  const told = (mark) => {
    const anchor = mark.id.match(/-(?:figure|target)\.(.+)\.(?:-\d+)?$/)?.[1];
    const row = anchor && document.getElementById(anchor)?.closest("tr");
    if (!row) return "";
    const heads = all("thead th", row.closest("table")).map((head) => head.textContent.trim());
    return all("th, td", row)
      .map((cell, k) => [heads[k], whole(cell).replace(/\s+/g, " ").trim()])
      .filter(([, text]) => text)
      .map(([head, text]) => `${head}: ${text}`)
      .join("\n");
  };
  const show = (mark) => {
    tip.textContent = told(mark);
    if (!tip.textContent) return;
    const home = mark.closest("dialog") ?? document.body;
    if (tip.parentNode !== home) home.append(tip);
    tip.hidden = false;
    const at = mark.getBoundingClientRect(), box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(at.left, innerWidth - box.width - 4))}px`;
    tip.style.top = `${at.top > box.height + 8 ? at.top - box.height - 6 : at.bottom + 6}px`;
  };
  const hide = () => (tip.hidden = true);
  for (const mark of all("figure svg g[id*='-figure.'], figure svg g[id*='-target.']")) {
    const text = told(mark);
    if (!text) continue;
    mark.classList.add("mark");
    mark.setAttribute("tabindex", "0");
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", text.replaceAll("\n", "; "));
    mark.addEventListener("pointerenter", () => show(mark));
    mark.addEventListener("focus", () => show(mark));
    mark.addEventListener("pointerleave", hide);
    mark.addEventListener("blur", hide);
  }
  const unfold = () => {
    const at = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = at && at.closest("details");
    if (folded) folded.open = true;
  };
  addEventListener("hashchange", unfold);
  unfold();
  addEventListener("keydown", (event) => event.key === "Escape" && hide());
  addEventListener("scroll", hide, { passive: true });
})();
