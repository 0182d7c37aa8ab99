// A chart in a notebook: its picture makes way for its vectors, whose marks tell what they are
// under the pointer or from the keyboard; Ctrl with the wheel or a double click zooms, a drag moves.
(async (box) => {
  const packed = Uint8Array.from(atob(box.dataset.svg), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const shade = box.attachShadow({ mode: "open" });
  shade.innerHTML = `<style>
    :host { display: block; position: relative; max-width: ${box.dataset.width}px }
    svg { display: block; width: 100%; height: auto; touch-action: pinch-zoom }
    [data-told] { cursor: help; outline-offset: 3px }
    output { position: absolute; z-index: 9; max-width: 22em; padding: .4em .6em; font: 13px/1.5 sans-serif;
      color: #1f2430; background: #fff; border: 1px solid #5f6673; border-radius: 4px; white-space: pre-line;
      pointer-events: none }
    output:empty { display: none }</style>${await new Response(stream).text()}<output></output>`;
  const svg = shade.querySelector("svg"), tip = shade.querySelector("output");
  const whole = svg.getAttribute("viewBox").split(/[\s,]+/).map(Number);
  let view = [...whole], held = null;
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  const look = (x, y, width, height) => {
    view = [
      Math.min(Math.max(x, whole[0]), whole[0] + whole[2] - width),
      Math.min(Math.max(y, whole[1]), whole[1] + whole[3] - height),
      width,
      height,
    ];
    svg.setAttribute("viewBox", view.join(" "));
  };
  const zoom = (event, by) => {
    const frame = svg.getBoundingClientRect();
    const [u, v] = [(event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height];
    const width = Math.min(Math.max(view[2] / by, whole[2] / 12), whole[2]);
    const height = (width * whole[3]) / whole[2];
    look(view[0] + u * (view[2] - width), view[1] + v * (view[3] - height), width, height);
  };
  const tell = (mark) => {
    tip.textContent = mark?.dataset.told ?? "";
    if (!mark) return;
    const at = mark.getBoundingClientRect(), frame = svg.getBoundingClientRect(), own = tip.getBoundingClientRect();
    const above = at.top - frame.top - own.height - 6;
    tip.style.left = `${Math.max(0, Math.min(at.left - frame.left, frame.width - own.width))}px`;
    tip.style.top = `${above > 0 ? above : at.bottom - frame.top + 6}px`;
  };
  svg.addEventListener("pointerover", (event) => tell(event.target.closest("[data-told]")));
  svg.addEventListener("pointerleave", () => tell());
  svg.addEventListener("focusin", (event) => tell(event.target.closest("[data-told]")));
  svg.addEventListener("focusout", () => tell());
  svg.addEventListener("keydown", (event) => event.key === "Escape" && (tell(), look(...whole)));
  svg.addEventListener("dblclick", (event) => (view[2] < whole[2] ? look(...whole) : zoom(event, 2)));
  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(event, 2 ** (-event.deltaY / 300));
  });
  svg.addEventListener("pointerdown", (event) => (held = [event.clientX, event.clientY, ...view]));
  svg.addEventListener("pointermove", (event) => {
    if (!held || !event.buttons) return;
    const scale = view[2] / svg.getBoundingClientRect().width;
    look(held[2] - (event.clientX - held[0]) * scale, held[3] - (event.clientY - held[1]) * scale, view[2], view[3]);
  });
})(document.currentScript.previousElementSibling);
