"use strict";
// The page is complete without this script; it adds the file tree, search, filters and deep links.
// Nothing of the image is ever parsed as markup: text goes in by textContent only.
(() => {
  const $ = id => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  // A node: [parent, name, kind, size, state, label, sha256]
  const nodes = data.nodes;
  const PARENT = 0, NAME = 1, KIND = 2, SIZE = 3, STATE = 4, LABEL = 5, DIGEST = 6;
  const children = nodes.map(() => []);
  nodes.forEach((n, i) => { if (i) children[n[PARENT]].push(i); });
  const number = n => n.toLocaleString("en-US");

  function make(tag, text, className) {
    const e = document.createElement(tag);
    if (text !== undefined) e.textContent = text;
    if (className) e.className = className;
    return e;
  }

  // -- tree: a row exists only while it is in sight ---------------------------------------------
  const tree = $("tree"), detail = $("detail");
  const open = new Set([0]);
  let rows = [], current = 0;
  const height = () => matchMedia("(max-width: 40rem)").matches ? 32 : 24;

  function collect() {
    rows = [];
    const stack = [[0, 0]];
    while (stack.length) {
      const [i, depth] = stack.pop();
      rows.push([i, depth]);
      if (open.has(i))
        for (let k = children[i].length - 1; k >= 0; k--) stack.push([children[i][k], depth + 1]);
    }
  }

  function locator(i) {
    const steps = [];
    for (; i > 0; i = nodes[i][PARENT])
      steps.unshift(nodes[i][NAME]);
    let text = "";
    for (const step of steps)
      if (step.startsWith("/")) text = text.replace(/!\/[^!]*$/, "") + "!" + step;
      else text += (text ? "!" : "") + step;
    return text.replace(/^!/, "");
  }

  function draw() {
    const h = height(), first = Math.max(0, Math.floor(tree.scrollTop / h) - 5);
    const last = Math.min(rows.length, first + Math.ceil(tree.clientHeight / h) + 10);
    const space = make("div");
    space.style.height = rows.length * h + "px";
    for (let r = first; r < last; r++) {
      const [i, depth] = rows[r], n = nodes[i];
      const row = make("div", undefined, "row" + (r === current ? " on" : "") +
        (n[STATE] && n[STATE] !== "padding" ? " gap" : ""));
      row.setAttribute("role", "treeitem");
      row.setAttribute("aria-level", depth + 1);
      if (children[i].length) row.setAttribute("aria-expanded", open.has(i));
      row.id = "row-" + i;
      row.style.top = r * h + "px";
      const mark = children[i].length ? (open.has(i) ? "▾ " : "▸ ") : "  ";
      const short = n[NAME].startsWith("/") && nodes[n[PARENT]][NAME].startsWith("/") ?
        n[NAME].slice(n[NAME].lastIndexOf("/") + 1) || "/" : n[NAME] || "image";
      const name = make("span", undefined, "name");
      name.style.paddingLeft = depth * 1.1 + "rem";
      name.append(mark, make("bdi", short));
      row.append(name, make("span", [n[STATE], n[LABEL]].filter(Boolean).join(", "), "what"),
        make("span", number(n[SIZE])));
      row.addEventListener("click", () => { current = r; toggle(i); });
      space.append(row);
    }
    tree.replaceChildren(space);
    tree.setAttribute("aria-activedescendant", "row-" + rows[current][0]);
    show(rows[current][0]);
  }

  function show(i) {
    const n = nodes[i], place = make("code");
    place.append(make("bdi", locator(i) || "image"));
    const lines = [place, make("br"), `${number(n[SIZE])} bytes, ${n[KIND]}`];
    if (n[DIGEST]) lines.push(make("br"), make("code", "sha256 " + n[DIGEST]));
    detail.replaceChildren(...lines);
  }

  function toggle(i) {
    if (children[i].length) { if (open.has(i)) open.delete(i); else open.add(i); }
    collect();
    draw();
  }

  function reveal(i) {
    for (let p = nodes[i][PARENT]; ; p = nodes[p][PARENT]) { open.add(p); if (!p) break; }
    collect();
    current = rows.findIndex(r => r[0] === i);
    tree.scrollTop = Math.max(0, (current - 4) * height());
    draw();
  }

  const keys = {
    ArrowDown: () => { current = Math.min(rows.length - 1, current + 1); },
    ArrowUp: () => { current = Math.max(0, current - 1); },
    Home: () => { current = 0; },
    End: () => { current = rows.length - 1; },
    ArrowRight: () => { open.add(rows[current][0]); },
    ArrowLeft: () => {
      const i = rows[current][0];
      if (open.has(i) && children[i].length) open.delete(i);
      else current = rows.findIndex(r => r[0] === nodes[i][PARENT]);
    },
    "*": () => { for (const i of children[nodes[rows[current][0]][PARENT]]) open.add(i); },
    Enter: () => toggle(rows[current][0]),
  };
  tree.addEventListener("keydown", e => {
    if (!keys[e.key]) return;
    e.preventDefault();
    keys[e.key]();
    const i = rows[Math.max(0, current)][0];
    collect();
    current = Math.max(0, rows.findIndex(r => r[0] === i));
    const h = height(), top = current * h;
    if (top < tree.scrollTop) tree.scrollTop = top;
    if (top + h > tree.scrollTop + tree.clientHeight) tree.scrollTop = top + h - tree.clientHeight;
    draw();
  });
  tree.addEventListener("scroll", () => requestAnimationFrame(draw));
  for (const i of children[0]) open.add(i);
  collect();
  $("files").hidden = false;
  draw();

  // -- filters: by outcome and by catalogue ------------------------------------------------------
  const verdicts = $("verdicts"), lines = [...verdicts.querySelectorAll("tbody tr")];
  const count = $("filtered");
  function recount() {
    const shown = lines.filter(r => r.offsetParent !== null).length;
    count.textContent = `Filtered: ${shown} of ${lines.length} lines are shown.`;
    count.classList.toggle("shown", shown < lines.length);
  }
  $("filters").hidden = false;
  for (const box of verdicts.querySelectorAll("input[type=checkbox]"))
    box.addEventListener("change", () => {
      verdicts.classList.toggle("hide-" + box.value, !box.checked);
      recount();
    });
  $("catalogue").addEventListener("change", e => {
    const wanted = e.target.value;
    for (const row of lines)
      row.classList.toggle("other", wanted !== "" && !row.dataset.req.split("; ").some(r => r.startsWith(wanted)));
    recount();
  });

  // -- search ------------------------------------------------------------------------------------
  const box = $("q"), hits = $("hits");
  const places = [...document.querySelectorAll("[data-find]")].map(e =>
    [e.id, e.dataset.find, e.textContent.toLowerCase(), e.textContent]);
  let chosen = 0;
  function found(text) {
    const list = [];
    for (const [id, what, low, full] of places) {
      if (list.length >= 30) break;
      if (low.includes(text)) list.push(["#" + id, what, full.replace(/\s+/g, " ").slice(0, 160)]);
    }
    for (let i = 0; i < nodes.length && list.length < 60; i++)
      if (nodes[i][NAME].toLowerCase().includes(text)) list.push(["#node-" + i, "file", nodes[i][NAME]]);
    return list;
  }
  function search() {
    const text = box.value.trim().toLowerCase();
    hits.hidden = text === "";
    if (hits.hidden) return;
    const list = found(text);
    chosen = 0;
    hits.replaceChildren(...list.map(([href, what, shown], i) => {
      const a = make("a");
      a.href = href;
      a.setAttribute("role", "option");
      a.setAttribute("aria-selected", i === 0);
      a.append(make("code", what), make("bdi", shown));
      a.addEventListener("click", close);
      return a;
    }));
    if (!list.length) hits.append(make("p", "Nothing of that is in this report."));
  }
  function close() { hits.hidden = true; box.value = ""; }
  function choose(step) {
    const all = hits.querySelectorAll("a");
    if (!all.length) return;
    all[chosen].setAttribute("aria-selected", false);
    chosen = (chosen + step + all.length) % all.length;
    all[chosen].setAttribute("aria-selected", true);
    all[chosen].scrollIntoView({ block: "nearest" });
  }
  box.addEventListener("input", search);
  box.form.addEventListener("submit", e => {
    e.preventDefault();
    const a = hits.querySelectorAll("a")[chosen];
    if (a) { location.hash = a.getAttribute("href"); close(); box.blur(); }
  });
  box.addEventListener("keydown", e => {
    if (e.key === "ArrowDown" || e.key === "ArrowUp") { e.preventDefault(); choose(e.key === "ArrowDown" ? 1 : -1); }
    if (e.key === "Escape") { close(); box.blur(); }
  });
  document.addEventListener("keydown", e => {
    if (e.key === "/" && document.activeElement !== box) { e.preventDefault(); box.focus(); }
  });

  // -- deep links: what hides the target is opened -----------------------------------------------
  function follow() {
    const id = decodeURIComponent(location.hash.slice(1)), node = /^node-(\d+)$/.exec(id);
    document.querySelectorAll(".marked").forEach(e => e.classList.remove("marked"));
    if (node && nodes[node[1]]) {
      reveal(Number(node[1]));
      $("files").scrollIntoView();
      return;
    }
    const target = id && $(id);
    if (!target) return;
    for (let e = target; e; e = e.parentElement) if (e.tagName === "DETAILS") e.open = true;
    target.classList.remove("other");
    target.classList.add("marked");
    target.scrollIntoView({ block: "center" });
  }
  addEventListener("hashchange", follow);
  follow();

  // -- the map reads out what the pointer or the arrows are on ------------------------------------
  const map = $("map"), said = $("said");
  const parts = map ? [...map.querySelectorAll("rect[data-say]")] : [];
  let part = -1;
  const say = r => { said.textContent = r.dataset.say; };
  for (const r of parts) r.addEventListener("pointerenter", () => say(r));
  if (map) map.addEventListener("keydown", e => {
    if (e.key !== "ArrowRight" && e.key !== "ArrowLeft") return;
    e.preventDefault();
    part = (part + (e.key === "ArrowRight" ? 1 : -1) + parts.length) % parts.length;
    say(parts[part]);
  });
})();
