/* Ties the cells of a report's page to their quotes. Without it the links still lead there and
   back. Text is only ever set as text. */
"use strict";
(() => {
  const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));
  const values = new Map(all(".value").map((value) => [value.dataset.f, value]));
  const pane = document.querySelector(".source .scrolling");
  const inspector = document.getElementById("inspector");
  const ties = new Map(); // a field's path to everything that speaks of it
  for (const element of all("[data-f]"))
    for (const path of element.dataset.f.split(" ")) {
      if (!ties.has(path)) ties.set(path, []);
      ties.get(path).push(element);
    }

  let lit = [];
  const light = (elements, name) => {
    for (const element of elements) {
      element.classList.add(name);
      lit.push([element, name]);
    }
  };
  const darken = () => {
    for (const [element, name] of lit) element.classList.remove(name);
    lit = [];
  };

  const beside = () => pane && getComputedStyle(pane).overflowY === "auto";
  const reveal = (mark) => {
    // Only the text's own box moves, never the page under the pointer.
    const box = pane.getBoundingClientRect(), at = mark.getBoundingClientRect();
    const bottom = Math.min(box.bottom, inspector.hidden ? Infinity : inspector.getBoundingClientRect().top);
    if (at.top < box.top || at.bottom > bottom)
      pane.scrollTop += at.top - box.top - box.height / 3;
  };

  const line = (name, text, type) => {
    const made = document.createElement(type || "p");
    made.className = name;
    made.textContent = text;
    return made;
  };
  const context = (mark) => {
    // The quote among the words of its line, so that one sees which number it is.
    const made = line("printed", ""), whole = mark.closest(".line");
    const before = document.createRange(), after = document.createRange();
    before.setStart(whole, 0);
    before.setEndBefore(mark);
    after.setStartAfter(mark);
    after.setEnd(whole, whole.childNodes.length);
    made.append(`${whole.dataset.n}: `, before.toString().slice(-40));
    made.append(line("", mark.textContent, "mark"), after.toString().slice(0, 40));
    return made;
  };
  const explain = (value) => {
    const status = Array.from(value.classList).find((name) => name !== "value" && name !== "hot" && name !== "from");
    const meaning = document.querySelector(`.legend [data-status="${CSS.escape(status || "")}"] dd`);
    inspector.replaceChildren(line("what " + status, value.getAttribute("aria-label")));
    inspector.append(line("path mono soft", value.dataset.f));
    if (meaning) inspector.append(line("", meaning.textContent));
    for (const note of (value.dataset.note || "").split("\n")) if (note) inspector.append(line("", note));
    const marks = (ties.get(value.dataset.f) || []).filter((tie) => tie.classList.contains("quote"));
    for (const mark of marks.slice(0, 4)) inspector.append(context(mark));
    inspector.hidden = false;
  };

  const show = (element, moving) => {
    darken();
    const paths = element.dataset.f.split(" ");
    for (const path of paths) light(ties.get(path) || [], "hot");
    const value = values.get(paths[0]);
    if (!value) return;
    for (const path of (value.dataset.from || "").split(" "))
      light((ties.get(path) || []).filter((tie) => tie.classList.contains("value")), "from");
    if (paths.length === 1 || element.classList.contains("quote")) explain(value);
    const mark = (ties.get(paths[0]) || []).find((tie) => tie.classList.contains("quote"));
    if (moving && mark && !element.classList.contains("quote") && beside()) reveal(mark);
  };

  let waiting = 0, pointer = "";
  document.addEventListener("mouseover", (event) => {
    // What scrolls under a pointer at rest, as when arrow keys move on, is not pointed at.
    const at = `${event.screenX} ${event.screenY}`;
    if (at === pointer) return;
    pointer = at;
    const element = event.target.closest && event.target.closest("[data-f]");
    clearTimeout(waiting);
    if (!element) return;
    show(element, false);
    waiting = setTimeout(() => show(element, true), 120);
  });
  document.addEventListener("focusin", (event) => {
    const element = event.target.closest("[data-f]");
    clearTimeout(waiting);
    if (element) show(element, true);
  });

  /* One stop for Tab in each table and in the text; arrow keys inside. */
  const groups = all(".official, .facts, .text").map((group) => all(".value, .quote", group));
  for (const group of groups) group.forEach((element, i) => (element.tabIndex = i ? -1 : 0));
  const middle = (element) => {
    const box = element.getBoundingClientRect();
    return [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  };
  const above = (group, from, step) => {
    // The nearest in the next row that has something in about this column.
    const [x, y] = middle(from);
    let best = null, least = Infinity;
    for (const element of group) {
      const [ex, ey] = middle(element);
      if ((ey - y) * step < 4) continue;
      const far = Math.abs(ey - y) + 3 * Math.abs(ex - x);
      if (far < least) [best, least] = [element, far];
    }
    return best;
  };
  document.addEventListener("keydown", (event) => {
    const element = document.activeElement;
    const group = groups.find((members) => members.includes(element));
    if (!group || event.altKey || event.ctrlKey || event.metaKey) return;
    const at = group.indexOf(element);
    const next = {
      ArrowRight: () => group[at + 1],
      ArrowLeft: () => group[at - 1],
      ArrowDown: () => above(group, element, 1),
      ArrowUp: () => above(group, element, -1),
      Home: () => group[0],
      End: () => group[group.length - 1],
    }[event.key];
    if (!next) return;
    event.preventDefault();
    const found = next();
    if (!found) return;
    for (const member of group) member.tabIndex = -1;
    found.tabIndex = 0;
    found.focus();
  });
  document.addEventListener("click", (event) => {
    // Following a link to a cell or a quote also puts the focus there, whatever its tab stop.
    const link = event.target.closest("a[href^='#']");
    const target = link && document.getElementById(decodeURIComponent(link.getAttribute("href").slice(1)));
    if (!target || !target.matches(".value, .quote")) return;
    event.preventDefault();
    target.scrollIntoView({ block: "center" });
    target.focus({ preventScroll: true });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      darken();
      inspector.hidden = true;
    }
  });
})();
