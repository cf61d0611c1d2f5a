"use strict";
// The page is complete without this script; it adds the file list, search, filters, views by
// catalogue, evidence and deep links.
// Nothing of the image is ever parsed as markup: text goes in by textContent only.
(() => {
  const $ = id => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const data = JSON.parse($("data").textContent);
  // A node: [parent, name, kind, size, digest, label, state]; what is empty at the end is left out.
  const nodes = data.nodes;
  const PARENT = 0, NAME = 1, KIND = 2, SIZE = 3, DIGEST = 4, LABEL = 5, STATE = 6;
  const REGION = data.kinds.indexOf("region"), PADDING = data.states.indexOf("padding");
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

  // -- files: a row exists only while it is in sight -----------------------------------------------
  const tree = $("tree"), detail = $("detail"), rowsPlace = make("div");
  const open = new Set([0]);
  let rows = [], current = 0; // rows: [node, depth]; current: the chosen node
  const height = () => matchMedia("(max-width: 40rem)").matches ? 32 : 24;
  const isGap = n => n[STATE] && n[STATE] !== PADDING;

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

  function makeRow(r, h) {
    const [i, depth] = rows[r], n = nodes[i], folder = children[i].length > 0;
    const row = make("div", undefined, "row");
    row.id = "row-" + i;
    row.node = i;
    row.style.top = r * h + "px";
    row.classList.toggle("on", i === current);
    row.classList.toggle("gap", Boolean(isGap(n)));
    row.setAttribute("role", "treeitem");
    row.setAttribute("aria-level", depth + 1);
    row.setAttribute("aria-selected", i === current);
    row.setAttribute("aria-posinset", order[i]);
    row.setAttribute("aria-setsize", i ? children[n[PARENT]].length : 1);
    if (folder) row.setAttribute("aria-expanded", open.has(i));
    const name = make("span", undefined, "name");
    name.style.paddingLeft = Math.min(depth, 24) * 1.1 + "em";
    name.append(make("u", folder ? (open.has(i) ? "▾" : "▸") : ""), make("bdi", n[NAME] || "image"));
    const what = [n[STATE] ? data.states[n[STATE]] : "", n[LABEL]].filter(Boolean).join(" ");
    row.append(name, make("span", what, "what"),
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
    const facts = all(`#facts td:first-child > a[href="#node-${i}"]`).slice(0, 40).flatMap((a, k) => {
      const id = a.closest("tr").id;
      return [k ? ", " : "", link("#" + id, id.slice(5))];
    });
    if (facts.length) pair(list, "Facts", ...facts);
    detail.replaceChildren(list);
  }

  function select(i) {
    current = i;
    const h = height(), top = rows.findIndex(r => r[0] === i) * h;
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
    for (let p = i; p; p = nodes[p][PARENT]) open.add(nodes[p][PARENT]);
    collect();
    tree.scrollTop = Math.max(0, (rows.findIndex(r => r[0] === i) - 6) * height());
    select(i);
  }

  const at = step => {
    const r = rows.findIndex(row => row[0] === current) + step;
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
  for (const i of children[0]) open.add(i);
  tree.append(rowsPlace);
  $("files").hidden = false;
  collect();
  select(0);

  // -- evidence: a row beneath the fact ------------------------------------------------------------
  function leadsTo(id) {
    return all(`#checks a[href="#${id}"]`).flatMap((a, k) => {
      const check = a.closest("tr").id;
      return [k ? ", " : "", link("#" + check, check.slice(6))];
    });
  }

  function evidence(row) {
    const node = Number(row.querySelector("a").hash.slice(6));
    const [from, length] = row.querySelector("i").textContent.split("+").map(Number);
    const list = make("dl"), verdicts = leadsTo(row.id), beneath = make("tr", undefined, "bytes");
    pair(list, "Fact", make("code", row.id.slice(5)));
    pair(list, "Locator", code(locator(node)));
    pair(list, "Bytes", `${number(from)} to ${number(from + length)} (0x${from.toString(16)}, ` +
      `${number(length)} bytes) of ${number(nodes[node][SIZE])}`);
    if (nodes[node][DIGEST]) pair(list, "SHA-256 of the file", make("code", digest(node)));
    if (verdicts.length) pair(list, "Leads to", ...verdicts);
    const cell = make("td");
    cell.colSpan = row.cells.length;
    cell.append(list);
    beneath.append(cell);
    row.after(beneath);
  }

  function showEvidence(row, wanted) {
    const beneath = row.nextElementSibling, isOpen = beneath && beneath.className === "bytes";
    if (isOpen && !wanted) beneath.remove();
    if (!isOpen) evidence(row);
    row.querySelector("button").setAttribute("aria-expanded", !isOpen || wanted);
  }

  for (const row of all("#facts tr[id]")) {
    const button = make("button", "evidence");
    button.type = "button";
    button.setAttribute("aria-expanded", false);
    row.cells[0].append(" ", button);
  }
  $("facts").addEventListener("click", e => {
    if (e.target.tagName === "BUTTON") showEvidence(e.target.closest("tr"), false);
  });

  // -- filters: by outcome and by catalogue --------------------------------------------------------
  const verdicts = $("verdicts"), view = $("view"), catalogue = $("catalogue");
  const checks = all("#checks tbody tr"), boxes = all("#filters input");
  const titles = ["Requirement", "In short", "Check", "Outcome", "Evidence"];

  function recount() {
    const lines = catalogue.value ? all("tr[class]", view) : checks;
    const hidden = new Set(boxes.filter(b => !b.checked).map(b => b.value));
    const shown = lines.filter(r => !hidden.has(r.className.split(" ")[0])).length;
    $("shown").textContent = `${shown} of ${lines.length} lines are shown.`;
    $("filtered").textContent = `Filtered: ${shown} of ${lines.length} lines are shown.`;
    $("filtered").classList.toggle("shown", shown < lines.length);
  }

  function only(outcomes) {
    for (const box of boxes) {
      box.checked = outcomes === null || outcomes.includes(box.value);
      verdicts.classList.toggle("hide-" + box.value, !box.checked);
    }
    recount();
  }

  function cell(row, title, ...content) {
    const td = make("td");
    td.dataset.h = title;
    td.append(...content);
    row.append(td);
  }

  function line(body, check, requirement, title) {
    const row = make("tr", undefined, check.className.split(" ")[0]), id = check.id.slice(6);
    const proof = check.cells[3].querySelector("a");
    cell(row, titles[0], requirement);
    cell(row, titles[1], title);
    cell(row, titles[2], link("#" + check.id, id));
    cell(row, titles[3], check.querySelector(".o").cloneNode(true));
    cell(row, titles[4], proof ? proof.cloneNode(true) : check.cells[2].firstChild.textContent);
    body.append(row);
  }

  function group(table, text) {
    const body = table.createTBody(), head = make("th", text, "group");
    head.colSpan = titles.length;
    body.insertRow().append(head);
    return body;
  }

  // One table that a laboratory can file: requirement, check, outcome, evidence.
  function build(name) {
    const table = make("table"), head = table.createTHead().insertRow(), unanswered = [];
    table.createCaption().textContent = name + ". Titles are this project’s words, not the " +
      "standard’s. Several checks may answer one requirement; they are not summed.";
    for (const title of titles) {
      const th = make("th", title);
      th.scope = "col";
      head.append(th);
    }
    for (const [of, id, title, answers] of data.requirements) {
      if (of !== name) continue;
      if (!answers.length) { unanswered.push([id, title, "no check of this version answers it"]); continue; }
      const body = table.createTBody();
      body.className = "same";
      answers.forEach((k, n) => line(body, checks[k], n ? "" : id, n ? "" : title));
    }
    for (const row of all("#beyond tbody tr"))
      if (row.cells[0].textContent === name)
        unanswered.push([row.cells[1].textContent, row.cells[2].textContent, "needs the device or documents"]);
    const rest = group(table, unanswered.length + " requirements that no check of an image answers");
    for (const [id, title, why] of unanswered) {
      const row = make("tr", undefined, "not-evaluable");
      cell(row, titles[0], id);
      cell(row, titles[1], title);
      cell(row, titles[2], "");
      cell(row, titles[3], make("span", "not evaluable", "o not-evaluable"));
      cell(row, titles[4], why);
      rest.append(row);
    }
    return table;
  }

  function choose(name) {
    catalogue.value = name;
    verdicts.classList.toggle("by-catalogue", name !== "");
    view.replaceChildren(...(name ? [build(name)] : []));
    recount();
  }

  $("filters").hidden = false;
  for (const box of boxes)
    box.addEventListener("change", () => {
      verdicts.classList.toggle("hide-" + box.value, !box.checked);
      recount();
    });
  catalogue.addEventListener("change", () => choose(catalogue.value));
  for (const a of all(".tally a"))
    a.addEventListener("click", () => { choose(""); only([a.dataset.only]); });
  recount();

  // -- search --------------------------------------------------------------------------------------
  const box = $("q"), hits = $("hits"), MOST_HITS = 40;
  let index = null, chosen = 0;

  function prepare() {
    const flat = row => [...row.cells].slice(0, 8).map(c => c.textContent.trim()).filter(Boolean).join(" · ").replace(/\s+/g, " ");
    index = { Checks: [], Facts: [], "Files and regions": [] };
    for (const row of checks)
      index.Checks.push(["#" + row.id, row.id.slice(6), row.cells[2].firstChild.textContent, row.textContent.toLowerCase()]);
    for (const row of all("#facts tr[id]"))
      index.Facts.push(["#" + row.id, row.id.slice(5), flat(row).replace(" evidence", ""), row.textContent.toLowerCase()]);
    nodes.forEach((n, i) => {
      if (i) index["Files and regions"].push(["#node-" + i, data.kinds[n[KIND]], null, n[NAME].toLowerCase(), i]);
    });
  }

  function find(words) {
    const sum = [], found = [];
    for (const [title, entries] of Object.entries(index)) {
      let list = entries.filter(e => words.every(w => e[3].includes(w)));
      if (title === "Files and regions" && words.length === 1 && /^[0-9a-f]{8,64}$/.test(words[0]))
        list = list.concat(entries.filter(e => digest(e[4]).startsWith(words[0])));
      if (!list.length) continue;
      sum.push(number(list.length) + " " + title.toLowerCase());
      found.push(make("h4", title));
      for (const [href, what, shown, , i] of list.slice(0, MOST_HITS)) {
        const a = link(href);
        a.setAttribute("role", "option");
        a.append(make("code", what), make("bdi", shown === null ? path(i) : shown.slice(0, 160)));
        found.push(a);
      }
    }
    return [make("p", sum.length ? sum.join(", ") : "Nothing in this report contains these words."), ...found];
  }

  function search() {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    hits.hidden = !words.length;
    box.setAttribute("aria-expanded", !hits.hidden);
    if (hits.hidden) return;
    if (!index) prepare();
    hits.replaceChildren(...find(words));
    chosen = 0;
    move(0);
  }

  function close() {
    hits.hidden = true;
    box.setAttribute("aria-expanded", false);
  }

  function move(step) {
    const list = all("a", hits);
    if (!list.length) return;
    list[chosen].setAttribute("aria-selected", false);
    chosen = (chosen + step + list.length) % list.length;
    list[chosen].setAttribute("aria-selected", true);
    list[chosen].scrollIntoView({ block: "nearest" });
  }

  box.addEventListener("input", search);
  box.addEventListener("focus", search);
  box.form.addEventListener("submit", e => {
    e.preventDefault();
    const a = all("a", hits)[chosen];
    if (a && !hits.hidden) a.click();
  });
  box.addEventListener("keydown", e => {
    if (e.key === "ArrowDown" || e.key === "ArrowUp") { e.preventDefault(); move(e.key === "ArrowDown" ? 1 : -1); }
    if (e.key === "Escape") { box.value = ""; close(); box.blur(); }
  });
  hits.addEventListener("click", e => { if (e.target.closest("a")) { close(); box.blur(); } });
  document.addEventListener("click", e => { if (!e.target.closest("form")) close(); });
  document.addEventListener("keydown", e => {
    if (e.key === "/" && !/^(INPUT|SELECT)$/.test(document.activeElement.tagName)) { e.preventDefault(); box.focus(); }
  });

  // -- deep links: what hides the target is opened --------------------------------------------------
  function follow() {
    const id = location.hash.slice(1), node = /^node-(\d+)$/.exec(id), target = id && $(id);
    for (const e of all(".marked")) e.classList.remove("marked");
    if (node && nodes[node[1]]) {
      reveal(Number(node[1]));
      $("files").scrollIntoView();
      tree.focus({ preventScroll: true });
    } else if (target && target.tagName === "TR") {
      if (id.startsWith("check-") && target.offsetParent === null) { choose(""); only(null); }
      if (id.startsWith("fact-")) showEvidence(target, true);
      target.classList.add("marked");
      target.scrollIntoView({ block: "center" });
    }
  }
  addEventListener("hashchange", follow);
  document.addEventListener("click", e => {
    const a = e.target.closest("a[href^='#']");
    if (a && a.hash === location.hash) follow(); // no hashchange comes
  });

  // -- the map reads out what the pointer or the arrows are on --------------------------------------
  const map = $("map"), said = $("said"), parts = all("rect[data-say]", map);
  let part = -1;
  function say(k) {
    for (const e of all("rect.on", map)) e.classList.remove("on");
    part = Math.max(0, Math.min(parts.length - 1, k));
    parts[part].classList.add("on");
    said.textContent = parts[part].dataset.say;
  }
  parts.forEach((e, k) => e.addEventListener("pointerenter", () => say(k)));
  map.addEventListener("keydown", e => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
    if (!step || !parts.length) return;
    e.preventDefault();
    say(part + step);
  });

  // -- a phone shows a row of a table as a block, so each cell says what it is ----------------------
  function nameCells() {
    for (const table of all("table.facts, #beyond")) {
      const names = all("thead th", table).map(th => th.textContent);
      for (const row of all("tbody tr:not(.bytes)", table))
        [...row.cells].forEach((c, k) => { if (k && c.textContent) c.dataset.h = names[k]; });
    }
  }
  const phone = matchMedia("(max-width: 40rem)");
  if (phone.matches) nameCells();
  phone.addEventListener("change", nameCells);

  // -- paper has all digests, and no file list -------------------------------------------------------
  addEventListener("beforeprint", () => {
    for (const row of all("#facts tr[id]")) showEvidence(row, true);
  });

  // -- contents: where the reader is -----------------------------------------------------------------
  const entries = all(".toc a");
  const sight = new IntersectionObserver(seen => {
    for (const { target } of seen.filter(s => s.isIntersecting))
      for (const a of entries)
        if (a.hash === "#" + target.id) a.setAttribute("aria-current", "true");
        else a.removeAttribute("aria-current");
  }, { rootMargin: "-10% 0px -80% 0px" });
  for (const a of entries) if ($(a.hash.slice(1))) sight.observe($(a.hash.slice(1)));
  follow();
})();
