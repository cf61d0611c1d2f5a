"use strict";
// The page is complete without this script; it adds the file list, search, filters, views by
// catalogue, evidence and deep links. report.js has what the other parts share, and the file list.
// Nothing of the image is ever parsed as markup: text goes in by textContent only.
const report = (() => {
  const $ = id => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const data = JSON.parse($("data").textContent);
  // A node: [parent, name, kind, size, digest, label, state, faults]; what is empty at the end is left out.
  const nodes = data.nodes;
  const PARENT = 0, NAME = 1, KIND = 2, SIZE = 3, DIGEST = 4, LABEL = 5, STATE = 6, FAULTS = 7;
  const REGION = data.kinds.indexOf("region"), PADDING = data.states.indexOf("padding");
  const DARK = new Set(["unknown", "encrypted"].map(s => data.states.indexOf(s)));
  const children = nodes.map(() => []);
  const order = nodes.map((n, i) => i ? children[n[PARENT]].push(i) : 1); // place among its siblings
  const number = n => n.toLocaleString("en-US");

  function make(tag, text, className) {
    const e = document.createElement(tag);
    if (text !== undefined) e.textContent = text;
    if (className) e.className = className;
    return e;
  }

  function link(href, text) {
    const a = make("a", text);
    a.href = href;
    return a;
  }

  function pair(list, name, ...values) {
    const value = make("dd");
    value.append(...values);
    list.append(make("dt", name), value);
  }

  function code(text) {
    const c = make("code");
    c.append(make("bdi", text));
    return c;
  }

  function locator(i) {
    if (!i) return "";
    const name = nodes[i][NAME], isEntry = nodes[i][KIND] !== REGION;
    let up = nodes[i][PARENT];
    if (isEntry && !name.startsWith("/"))
      return locator(up).replace(/#\d+$/, "").replace(/\/$/, "") + "/" + name;
    if (isEntry) while (nodes[up][KIND] !== REGION) up = nodes[up][PARENT]; // its folder was left out
    return (up ? locator(up) + "!" : "") + name;
  }

  const path = i => locator(i).slice(locator(i).lastIndexOf("!") + 1);

  function digest(i) {
    if (!nodes[i][DIGEST]) return "";
    return [...atob(nodes[i][DIGEST] + "=")].map(c => c.charCodeAt(0).toString(16).padStart(2, "0")).join("");
  }

  // -- how much of a node is understood, with all that lies below it, as a part of one ---------------
  // Sizes below a node may be unpacked ones, so parts are carried upwards, never bytes.
  const isGap = n => Boolean(n[STATE] && n[STATE] !== PADDING);
  const part = new Float64Array(nodes.length), weight = new Float64Array(nodes.length);
  const odd = new Uint8Array(nodes.length); // it, or something below, is not understood or has a fault

  function measure() {
    const below = new Float64Array(nodes.length), dark = new Float64Array(nodes.length);
    for (let i = nodes.length - 1; i >= 0; i--) {
      const n = nodes[i], up = n[PARENT], own = data.kinds[n[KIND]] === "directory" ? 0 : n[SIZE];
      weight[i] = Math.max(own, below[i]);
      // What is known inside an unknown file leaves the rest of it unknown.
      if (isGap(n) && (!below[i] || DARK.has(n[STATE]))) dark[i] += weight[i] - below[i];
      part[i] = weight[i] ? 1 - dark[i] / weight[i] : Number(!isGap(n));
      odd[i] |= isGap(n) || Boolean(n[FAULTS]) || part[i] < 1;
      if (!i) continue;
      below[up] += own || weight[i];
      dark[up] += (own || weight[i]) * (1 - part[i]);
      odd[up] |= odd[i];
    }
  }

  function percent(p) {
    if (p === 1 || p === 0) return p * 100 + " %";
    return Math.max(0.1, Math.min(99.9, Math.round(p * 1000) / 10)).toFixed(1) + " %";
  }

  // -- files: a row exists only while it is in sight -----------------------------------------------
  const tree = $("tree"), detail = $("detail"), rowsPlace = make("div");
  const open = new Set([0]);
  const rowOf = new Int32Array(nodes.length).fill(-1); // where a node stands in rows
  let rows = [], current = 0; // rows: [node, depth]; current: the chosen node
  const height = () => matchMedia("(max-width: 40rem)").matches ? 32 : 24;
  let onlyOdd = false;

  function collect() {
    for (const [i] of rows) rowOf[i] = -1;
    rows = [];
    const stack = [[0, 0]];
    while (stack.length) {
      const [i, depth] = stack.pop();
      rowOf[i] = rows.push([i, depth]) - 1;
      if (open.has(i))
        for (let k = children[i].length - 1; k >= 0; k--)
          if (!onlyOdd || odd[children[i][k]]) stack.push([children[i][k], depth + 1]);
    }
  }

  function what(n) {
    const faults = n[FAULTS] ? n[FAULTS].length : 0;
    return [n[STATE] ? data.states[n[STATE]] : "", n[LABEL],
      faults && `(${faults} fault${faults === 1 ? "" : "s"})`].filter(Boolean).join(" ");
  }

  function makeRow(r, h) {
    const [i, depth] = rows[r], n = nodes[i], folder = children[i].length > 0;
    const row = make("div", undefined, "row");
    row.id = "row-" + i;
    row.node = i;
    row.style.top = r * h + "px";
    row.classList.toggle("on", i === current);
    row.classList.toggle("gap", isGap(n));
    row.classList.toggle("part", part[i] < 1);
    row.setAttribute("role", "treeitem");
    row.setAttribute("aria-level", depth + 1);
    row.setAttribute("aria-selected", i === current);
    row.setAttribute("aria-posinset", order[i]);
    row.setAttribute("aria-setsize", i ? children[n[PARENT]].length : 1);
    if (folder) row.setAttribute("aria-expanded", open.has(i));
    const name = make("span", undefined, "name");
    name.style.paddingLeft = Math.min(depth, 24) * 1.1 + "em";
    name.append(make("u", folder ? (open.has(i) ? "▾" : "▸") : ""), make("bdi", n[NAME] || "image"));
    row.append(name, make("span", what(n), "what"),
      make("span", folder || isGap(n) ? percent(part[i]) : "", "r part"),
      make("span", data.kinds[n[KIND]] === "directory" ? "" : number(n[SIZE]), "r size"));
    return row;
  }

  function draw() {
    const h = height(), first = Math.max(0, Math.floor(tree.scrollTop / h) - 5);
    const last = Math.min(rows.length, first + Math.ceil(tree.clientHeight / h) + 10), shown = [];
    for (let r = first; r < last; r++) shown.push(makeRow(r, h));
    rowsPlace.style.height = rows.length * h + "px";
    rowsPlace.replaceChildren(...shown);
    if ($("row-" + current)) tree.setAttribute("aria-activedescendant", "row-" + current);
  }

  function describe(i) {
    const n = nodes[i], list = make("dl");
    pair(list, "Locator", code(locator(i) || "image"));
    pair(list, "Kind", [data.kinds[n[KIND]], n[LABEL]].filter(Boolean).join(", "));
    pair(list, "Size", number(n[SIZE]) + " bytes");
    if (n[STATE]) pair(list, "State", data.states[n[STATE]]);
    if (n[DIGEST]) pair(list, "SHA-256", make("code", digest(i)));
    if (children[i].length) pair(list, "Understood, with what lies below", percent(part[i]));
    for (const fault of n[FAULTS] || []) pair(list, "Fault", make("bdi", fault));
    const ids = report.factsOf(i);
    const links = ids.slice(0, 40).flatMap((id, k) => [k ? ", " : "", link("#fact-" + id, id)]);
    if (ids.length) pair(list, "Facts", ...links, ids.length > 40 ? ` and ${ids.length - 40} more` : "");
    detail.replaceChildren(list);
  }

  function select(i) {
    current = i;
    const h = height(), top = rowOf[i] * h;
    if (top < tree.scrollTop) tree.scrollTop = top;
    if (top + h > tree.scrollTop + tree.clientHeight) tree.scrollTop = top + h - tree.clientHeight;
    draw();
    describe(i);
  }

  function toggle(i, wanted = !open.has(i)) {
    if (wanted) open.add(i); else open.delete(i);
    collect();
  }

  function reveal(i) {
    if (!odd[i]) showOdd(false);
    for (let p = i; p; p = nodes[p][PARENT]) open.add(nodes[p][PARENT]);
    collect();
    tree.scrollTop = Math.max(0, (rowOf[i] - 6) * height());
    select(i);
  }

  function showOdd(wanted) {
    onlyOdd = wanted;
    $("odd").checked = wanted;
    if (wanted) while (current && !odd[current]) current = nodes[current][PARENT];
    collect();
  }

  const at = step => {
    const r = rowOf[current] + step;
    return rows[Math.max(0, Math.min(rows.length - 1, r))][0];
  };
  const page = () => Math.max(1, Math.floor(tree.clientHeight / height()) - 1);
  const keys = {
    ArrowDown: () => at(1),
    ArrowUp: () => at(-1),
    PageDown: () => at(page()),
    PageUp: () => at(-page()),
    Home: () => rows[0][0],
    End: () => rows[rows.length - 1][0],
    ArrowRight: () => {
      if (!children[current].length) return current;
      if (open.has(current)) return at(1);
      toggle(current, true);
      return current;
    },
    ArrowLeft: () => {
      if (!open.has(current) || !children[current].length) return nodes[current][PARENT];
      toggle(current, false);
      return current;
    },
    "*": () => {
      for (const i of children[nodes[current][PARENT]]) if (children[i].length) open.add(i);
      collect();
      return current;
    },
    Enter: () => {
      if (children[current].length) toggle(current);
      return current;
    },
  };
  tree.addEventListener("keydown", e => {
    if (!keys[e.key] || e.ctrlKey || e.altKey || e.metaKey) return;
    e.preventDefault();
    select(keys[e.key]());
  });
  tree.addEventListener("click", e => {
    const row = e.target.closest(".row");
    if (!row) return;
    if (children[row.node].length && (row.node === current || e.target.closest("u"))) toggle(row.node);
    else if (children[row.node].length && !open.has(row.node)) toggle(row.node, true);
    select(row.node);
  });
  tree.addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
  addEventListener("resize", draw);
  $("odd").addEventListener("change", () => {
    showOdd($("odd").checked);
    select(current);
  });

  function start() {
    measure();
    for (const i of children[0]) open.add(i);
    tree.append(rowsPlace);
    $("files").hidden = false;
    if (!odd[0]) {
      $("odd").disabled = true;
      $("odd").parentElement.append(": there is nothing");
    }
    collect();
    select(0);
  }

  return { $, all, data, nodes, make, link, pair, code, locator, path, digest, number, reveal, tree, start,
    NAME, KIND, SIZE, DIGEST, factsOf: () => [] };
})();
