"use strict";
// The page is complete without this script, but for what is equal in both trees. Nothing of the
// images is ever parsed as markup: text goes in by textContent only.
(() => {
  const $ = id => document.getElementById(id);
  if (!$("data")) return;
  const data = JSON.parse($("data").textContent);
  // [row above, relation, left, its size, right, its size, where its link leads, causes, equal ones left out, others
  // left out]; of what is equal under one name only the left is said.
  const rows = data.rows;
  const UP = 0, RELATION = 1, LEFT = 2, LEFT_SIZE = 3, RIGHT = 4, RIGHT_SIZE = 5, TARGET = 6, CAUSES = 7, LEFT_OUT = 8, MORE = 9;
  const number = n => n.toLocaleString("en-US");

  function make(tag, text, className) {
    const e = document.createElement(tag);
    if (text !== undefined) e.textContent = text;
    if (className) e.className = className;
    return e;
  }

  // -- what lies in what; what is equal stands behind a line that counts it -------------------------
  const other = rows.map(() => []), equal = rows.map(() => []), sum = new Uint32Array(rows.length);
  const odd = new Uint8Array(rows.length);
  for (let i = rows.length - 1; i >= 0; i--) {
    const r = rows[i];
    odd[i] |= r[RELATION] !== "=" || Boolean(r[CAUSES] && r[CAUSES].length);
    if (r[LEFT_OUT]) sum[i] += r[LEFT_OUT];
    if (!i) break;
    odd[r[UP]] |= odd[i];
    // a region that is equal is listed, all else that is equal is counted
    if (odd[i] || r[RIGHT] !== undefined) other[r[UP]].unshift(i);
    else {
      equal[r[UP]].unshift(i);
      sum[r[UP]] += 1 + sum[i];
    }
  }

  // -- the rows in sight ---------------------------------------------------------------------------
  // A line: [row, depth, what it counts of what is in that row: false, "equal", "more"].
  const tree = $("tree"), place = make("div");
  const shut = new Set(), unfolded = new Set(); // rows that are closed; rows of which the equal part is shown
  let lines = [], current = 0, words = "";
  const height = () => matchMedia("(max-width: 40rem)").matches ? 32 : 24;
  const isFolder = i => other[i].length + equal[i].length > 0;
  const isOpen = i => isFolder(i) && !shut.has(i);

  function collect() {
    lines = [];
    if (words) {
      rows.forEach((r, i) => {
        if (path(i).toLowerCase().includes(words)) lines.push([i, 0, false]);
      });
      current = Math.min(current, Math.max(0, lines.length - 1));
      return;
    }
    const stack = [[0, 0, false]];
    while (stack.length) {
      const line = stack.pop(), [i, depth, counts] = line;
      lines.push(line);
      if (counts) {
        if (counts === "equal" && unfolded.has(i)) for (let k = equal[i].length - 1; k >= 0; k--) stack.push([equal[i][k], depth, false]);
        continue;
      }
      if (!isOpen(i)) continue;
      if (equal[i].length && !odd[i])
        for (let k = equal[i].length - 1; k >= 0; k--) stack.push([equal[i][k], depth + 1, false]);
      else if (sum[i]) stack.push([i, depth + 1, "equal"]);
      if (rows[i][MORE]) stack.push([i, depth + 1, "more"]);
      for (let k = other[i].length - 1; k >= 0; k--) stack.push([other[i][k], depth + 1, false]);
    }
    current = Math.min(current, lines.length - 1);
  }

  const name = (r, side) => r[side] === undefined ? r[LEFT] : r[side];
  const size = (r, side) => r[side] === undefined ? r[LEFT_SIZE] : r[side];

  function path(i) {
    const parts = [];
    for (let k = i; k; k = rows[k][UP]) {
      const n = rows[k][LEFT] === null ? name(rows[k], RIGHT) : rows[k][LEFT];
      parts.unshift(n);
      if (n.startsWith("/")) break;
    }
    return parts.join("/").replace(/\/\//g, "/");
  }

  function side(n, bytes, depth, mark) {
    const cell = make("span");
    cell.style.paddingLeft = Math.min(depth, 16) * .9 + "em";
    if (mark !== undefined) cell.append(make("u", mark));
    if (n === null) cell.append("–");
    else cell.append(make("bdi", n));
    if (bytes !== null && bytes !== undefined) cell.append(make("small", " " + number(bytes)));
    return cell;
  }

  // A folder that leads to what differs says nothing of itself.
  const relation = i => other[i].length && rows[i][RELATION] === "=" && !words ? "" : rows[i][RELATION];

  function makeCells(line) {
    const [i, depth, counts] = line, r = rows[i];
    if (counts === "more")
      return [side(number(r[MORE]) + " more: the JSON report has them", null, depth, ""), make("span", "≠", "rel"),
        make("span"), make("span", undefined, "why")];
    if (counts)
      return [side("", null, depth, unfolded.has(i) ? "▾" : "▸"),
        make("span", number(sum[i]) + " =", "rel"), make("span"), make("span", undefined, "why")];
    const mark = isFolder(i) && !words ? (isOpen(i) ? "▾" : "▸") : "";
    const why = make("span", undefined, "why");
    if (r[TARGET]) {
      const a = make("a", r[CAUSES].map(c => data.causes[c]).join(", "));
      a.href = "#" + r[TARGET];
      a.tabIndex = -1;
      why.append(a);
    }
    return [side(words ? path(i) : r[LEFT], r[LEFT_SIZE], depth, mark), make("span", relation(i), "rel"),
      side(words && name(r, RIGHT) !== null ? path(i) : name(r, RIGHT), size(r, RIGHT_SIZE), depth), why];
  }

  function makeRow(k, h) {
    const [i, depth, counts] = lines[k];
    const row = make("div", undefined, "trow");
    row.id = "row-" + k;
    row.line = k;
    row.style.top = k * h + "px";
    row.classList.toggle("on", k === current);
    row.classList.toggle("eq", counts === "equal" || !counts && !odd[i]);
    row.setAttribute("role", "treeitem");
    row.setAttribute("aria-level", depth + 1);
    row.setAttribute("aria-selected", k === current);
    if (counts === "equal") {
      row.setAttribute("aria-label", number(sum[i]) + " equal");
      row.setAttribute("aria-expanded", unfolded.has(i));
    } else if (!counts && isFolder(i) && !words) row.setAttribute("aria-expanded", isOpen(i));
    row.append(...makeCells(lines[k]));
    return row;
  }

  function draw() {
    const h = height(), first = Math.max(0, Math.floor(tree.scrollTop / h) - 5);
    const last = Math.min(lines.length, first + Math.ceil(tree.clientHeight / h) + 10), shown = [];
    for (let k = first; k < last; k++) shown.push(makeRow(k, h));
    place.style.height = lines.length * h + "px";
    tree.style.height = Math.min(lines.length, Math.floor(544 / h)) * h + 4 + "px";
    place.replaceChildren(...shown);
    if ($("row-" + current)) tree.setAttribute("aria-activedescendant", "row-" + current);
    else tree.removeAttribute("aria-activedescendant");
  }

  function select(k) {
    current = Math.max(0, Math.min(lines.length - 1, k));
    const h = height(), top = current * h;
    if (top < tree.scrollTop) tree.scrollTop = top;
    if (top + h > tree.scrollTop + tree.clientHeight) tree.scrollTop = top + h - tree.clientHeight;
    draw();
  }

  // -- keys and clicks -----------------------------------------------------------------------------
  const isShown = ([i, , counts]) => counts ? unfolded.has(i) : isOpen(i);
  const canOpen = ([i, , counts]) => !words && (counts ? counts === "equal" : isFolder(i));

  function toggle(line) {
    const [i, , counts] = line, set = counts ? unfolded : shut;
    if (!canOpen(line)) return;
    if (set.has(i)) set.delete(i); else set.add(i);
    collect();
  }

  function above(k) {
    let up = k;
    while (up > 0 && (lines[up][1] >= lines[k][1] || lines[up][2])) up--;
    return up;
  }

  const page = () => Math.max(1, Math.floor(tree.clientHeight / height()) - 1);
  const keys = {
    ArrowDown: () => current + 1,
    ArrowUp: () => current - 1,
    PageDown: () => current + page(),
    PageUp: () => current - page(),
    Home: () => 0,
    End: () => lines.length - 1,
    ArrowRight: () => {
      const line = lines[current];
      if (canOpen(line) && isShown(line)) return current + 1;
      toggle(line);
      return current;
    },
    ArrowLeft: () => {
      const line = lines[current];
      if (!canOpen(line) || !isShown(line)) return above(current);
      toggle(line);
      return current;
    },
    "*": () => {
      const depth = lines[current][1];
      for (const [i, d, counts] of lines)
        if (d === depth && counts === "equal") unfolded.add(i);
        else if (d === depth) shut.delete(i);
      collect();
      return current;
    },
    Enter: () => {
      const [i, , counts] = lines[current];
      if (!counts && rows[i][TARGET]) location.hash = rows[i][TARGET];
      else toggle(lines[current]);
      return current;
    },
  };
  tree.addEventListener("keydown", e => {
    if (!keys[e.key] || e.ctrlKey || e.altKey || e.metaKey || !lines.length) return;
    e.preventDefault();
    select(keys[e.key]());
  });
  tree.addEventListener("click", e => {
    const row = e.target.closest(".trow");
    if (!row || e.target.closest("a")) return;
    toggle(lines[row.line]);
    select(row.line);
  });
  tree.addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
  addEventListener("resize", draw);

  // -- names ---------------------------------------------------------------------------------------
  const bar = make("p", undefined, "find"), label = make("label", "Names that contain "), box = make("input"), found = make("span");
  box.id = "names";
  box.type = "search";
  box.autocomplete = "off";
  found.setAttribute("role", "status");
  label.append(box);
  bar.append(label, found);
  box.addEventListener("input", () => {
    words = box.value.trim().toLowerCase();
    collect();
    found.textContent = words ? number(lines.length) + " of " + number(rows.length) : "";
    tree.scrollTop = 0;
    select(0);
  });
  box.addEventListener("keydown", e => {
    if (e.key === "Escape" && box.value) {
      e.preventDefault();
      box.value = "";
      box.dispatchEvent(new Event("input"));
    }
    if (e.key === "ArrowDown" || e.key === "Enter") {
      e.preventDefault();
      tree.focus();
    }
  });
  addEventListener("keydown", e => {
    if (e.key !== "/" || e.ctrlKey || e.altKey || e.metaKey || e.target.closest("input")) return;
    e.preventDefault();
    box.focus();
    box.scrollIntoView({ block: "start" });
  });

  // What a link leads to is opened first: a row of a folded table, a cause that is not listed alone.
  function reveal() {
    const target = location.hash.length > 1 && $(decodeURIComponent(location.hash.slice(1)));
    const folded = target && target.closest("details:not([open])");
    if (!folded) return;
    folded.open = true;
    target.scrollIntoView();
  }
  addEventListener("hashchange", reveal);

  tree.append(place);
  $("both").before(bar);
  $("both").hidden = false;
  $("trees").classList.add("live");
  collect();
  draw();
  reveal();
})();
