// facts.js - the tables of facts: pages of a hundred rows, a filter, all of them as text, and the
// evidence beneath a row.
(() => {
  const { $, all, data, nodes, make, link, pair, code, locator, path, digest, number } = report;
  const PAGE = 100;
  const phone = matchMedia("(max-width: 40rem)");
  // What a cell says, without its button and what is folded away; a new line is a comma.
  function textOf(e) {
    if (e.nodeType === Node.TEXT_NODE) return e.data;
    if (e.tagName === "BR") return ", ";
    if (/^(DETAILS|BUTTON|I)$/.test(e.tagName)) return "";
    return [...e.childNodes].map(textOf).join("");
  }

  function kindOf(place) {
    const table = place.querySelector("table"), body = table.tBodies[0], name = place.dataset.kind;
    const heads = [...table.tHead.rows[0].cells];
    const same = all(".same span", place).map(e => [Number(e.dataset.at), e.textContent.slice(0, e.dataset.n) + "=" + e.textContent.slice(Number(e.dataset.n) + 1)]);
    return {
      name, place, body, same, rows: [...body.rows], more: (data.facts[name] || []), page: 0,
      names: heads.map(h => h.textContent), at: heads.map((h, n) => Number(h.dataset.at || n)), classes: heads.map(h => h.className),
      title: (place.querySelector("h3") || place.parentElement.querySelector("h2")).firstChild.textContent.trim(),
      lower: [], hits: null, written: body.rows.length,
    };
  }

  const kinds = all(".kind").map(kindOf);
  const count = kind => kind.written + kind.more.length;
  const byName = new Map(kinds.map(kind => [kind.name, kind]));

  function component(id) {
    const kind = byName.get("component");
    if (!kind || id >= kind.written) return "component-" + id; // the page has no row of it
    // Name and version as a row of the page has them, where neither a source nor "not known" stands.
    const said = [kind.rows[id].cells[1].querySelector("bdi"), kind.rows[id].cells[2].querySelector("bdi")];
    return said.map(e => e ? e.textContent : "").join(" ").trim();
  }

  // -- rows that were data so far -------------------------------------------------------------------
  function valueOf(value) {
    if (typeof value === "string") return value;
    return typeof value === "number" ? component(value) : path(value[0]);
  }

  function fill(td, value) {
    if (typeof value === "string") td.append(value && make("bdi", value));
    else if (typeof value === "number") td.append(link(value < count(byName.get("component")) ? "#fact-component-" + value : "#components", component(value)));
    else {
      const a = link("#node-" + value[0]);
      a.append(code(path(value[0])));
      td.append(a);
    }
  }

  function makeRow(kind, k) {
    const [node, offset, length, line, ...values] = kind.more[k - kind.written];
    const row = make("tr"), first = row.insertCell(), a = link("#node-" + node);
    row.id = `fact-${kind.name}-${k}`;
    a.append(code(path(node)));
    first.append(a, line ? " line " + line : "", make("br"), make("i", offset + "+" + length));
    values.forEach((value, n) => {
      const td = row.insertCell();
      td.className = kind.classes[n + 1];
      fill(td, value);
    });
    return row;
  }

  function rowOf(kind, k) {
    const row = kind.rows[k] || (kind.rows[k] = makeRow(kind, k));
    if (row.dataset.ready) return row;
    const button = make("button", "evidence");
    button.type = "button";
    button.setAttribute("aria-expanded", false);
    row.cells[0].append(" ", button);
    row.dataset.ready = 1;
    return row;
  }

  // -- what a fact says, as one text: to be searched, and to be compared ----------------------------
  function values(kind, k) {
    if (k >= kind.written) {
      const [node, , , , ...rest] = kind.more[k - kind.written];
      return [path(node), ...rest.map(valueOf)];
    }
    const [first, ...rest] = kind.rows[k].cells;
    return [textOf(first.querySelector("a")), ...rest.map(c => textOf(c).trim())];
  }

  // Without positions and numbers of this one image, and fields in one order whether or not all facts
  // of this image agree in one, so that lines of two reports can be compared.
  function key(kind, k) {
    const [place, ...rest] = values(kind, k);
    const said = rest.map((v, n) => [kind.at[n + 1], v && kind.names[n + 1].toLowerCase() + "=" + v]);
    const sorted = said.filter(f => f[1]).concat(kind.same).sort((a, b) => a[0] - b[0]);
    return [kind.name, place, ...sorted.map(f => f[1])].join("\t");
  }

  function plain(kind, k) {
    return values(kind, k).filter(Boolean).join(" · ");
  }

  function lower(kind, k) {
    return kind.lower[k] || (kind.lower[k] = plain(kind, k).toLowerCase());
  }

  // -- pages and the filter -------------------------------------------------------------------------
  const bar = $("factbar"), chosen = make("select"), words = make("input"), shown = make("span", "", "soft");
  const textButton = make("button", "As text");
  let asked = [];

  function nameCells(kind, rows) {
    for (const row of rows)
      [...row.cells].forEach((c, n) => { if (n && c.textContent.trim()) c.dataset.h = kind.names[n]; });
  }

  function pager(kind, total) {
    if (!kind.pager) {
      kind.pager = make("p", undefined, "pager");
      kind.place.querySelector(".wrap").before(kind.pager);
    }
    const from = kind.page * PAGE, to = Math.min(total, from + PAGE);
    const turn = (text, step, can) => {
      const b = make("button", text);
      b.type = "button";
      b.disabled = !can;
      b.ariaLabel = `${kind.title}, ${text}`;
      b.addEventListener("click", () => {
        kind.page += step;
        draw(kind);
        kind.pager.querySelectorAll("button")[step > 0 ? 1 : 0].focus();
      });
      return b;
    };
    kind.pager.hidden = total <= PAGE;
    kind.pager.replaceChildren(`${number(from + 1)} to ${number(to)} of ${number(total)} `,
      turn("previous", -1, from > 0), " ", turn("next", 1, to < total));
  }

  function draw(kind, whole = false) {
    const total = kind.hits ? kind.hits.length : count(kind), at = n => kind.hits ? kind.hits[n] : n;
    const from = whole ? 0 : kind.page * PAGE, to = Math.min(total, whole ? kind.written : from + PAGE), rows = [];
    for (let n = from; n < to; n++) {
      const row = rowOf(kind, at(n));
      rows.push(row);
      if (whole) openEvidence(row);
      if (row.beneath) rows.push(row.beneath);
    }
    if (phone.matches) nameCells(kind, rows.filter(r => r.id));
    kind.body.replaceChildren(...rows);
    kind.place.hidden = total === 0 || chosen.value && chosen.value !== kind.name;
    pager(kind, total);
  }

  const isChosen = kind => !chosen.value || chosen.value === kind.name;
  const found = kind => kind.hits ? kind.hits.length : count(kind);

  function filter() {
    asked = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const kind of kinds) {
      kind.page = 0;
      kind.hits = asked.length ? [] : null;
      for (let k = 0; asked.length && k < count(kind) && isChosen(kind); k++)
        if (asked.every(w => lower(kind, k).includes(w))) kind.hits.push(k);
      draw(kind);
    }
    const sum = of => of.reduce((n, kind) => n + found(kind), 0);
    const total = kinds.reduce((n, kind) => n + count(kind), 0);
    shown.textContent = `${number(sum(kinds.filter(isChosen)))} of ${number(total)} facts are shown.`;
    $("factsfiltered").textContent = "Filtered: " + shown.textContent;
    $("factsfiltered").classList.toggle("shown", Boolean(asked.length || chosen.value));
    if (text.isConnected) write();
  }

  // -- as text --------------------------------------------------------------------------------------
  const text = make("div", undefined, "astext"), lines = make("textarea"), copy = make("button", "Copy");

  function write() {
    const out = [];
    for (const kind of kinds.filter(isChosen))
      for (let n = 0; n < found(kind); n++) out.push(key(kind, kind.hits ? kind.hits[n] : n));
    lines.value = out.sort().join("\n") + "\n";
  }

  function toggleText() {
    if (text.isConnected) text.remove();
    else {
      bar.after(text);
      write();
    }
    textButton.setAttribute("aria-expanded", text.isConnected);
  }

  function control(label, element) {
    const l = make("label", label + " ");
    l.append(element);
    return l;
  }

  function prepareBar() {
    chosen.id = "factkind";
    chosen.append(new Option("all kinds", ""), ...kinds.map(kind => new Option(kind.title, kind.name)));
    words.type = "search";
    words.id = "factwords";
    words.autocomplete = "off";
    shown.setAttribute("aria-live", "polite");
    textButton.type = copy.type = "button";
    textButton.id = "factlines";
    textButton.setAttribute("aria-expanded", false);
    lines.readOnly = true;
    lines.spellcheck = false;
    lines.ariaLabel = "Facts, one a line";
    text.append(make("p", "One line a fact, sorted, without positions: the lines of two reports can be " +
      "laid side by side.", "soft"), lines, copy);
    bar.append(control("Kind", chosen), control("Contains", words), textButton, shown);
    const note = make("p", "", "filtered");
    note.id = "factsfiltered";
    bar.after(note);
    bar.hidden = false;
    chosen.addEventListener("change", filter);
    words.addEventListener("input", filter);
    textButton.addEventListener("click", toggleText);
    copy.addEventListener("click", () => {
      lines.select();
      navigator.clipboard?.writeText(lines.value);
    });
  }

  // -- evidence: a row beneath the fact -------------------------------------------------------------
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
    pair(list, "Locator", code(locator(node) || "image"));
    pair(list, "Bytes", `${number(from)} to ${number(from + length)} (0x${from.toString(16)}, ` +
      `${number(length)} bytes) of ${number(nodes[node][report.SIZE])}`);
    if (nodes[node][report.DIGEST]) pair(list, "SHA-256 of the file", make("code", digest(node)));
    if (verdicts.length) pair(list, "Leads to", ...verdicts);
    const cell = make("td");
    cell.colSpan = row.cells.length;
    cell.append(list);
    beneath.append(cell);
    return beneath;
  }

  function openEvidence(row) {
    if (!row.beneath) row.beneath = evidence(row);
    row.querySelector("button").setAttribute("aria-expanded", true);
  }

  function closeEvidence(row) {
    row.beneath.remove();
    row.beneath = null;
    row.querySelector("button").setAttribute("aria-expanded", false);
  }

  document.addEventListener("click", e => {
    const row = e.target.tagName === "BUTTON" && e.target.closest("tr[data-ready]");
    if (!row) return;
    if (row.beneath) return closeEvidence(row);
    openEvidence(row);
    row.after(row.beneath);
  });

  // -- for the other parts --------------------------------------------------------------------------
  // The row of "fact-key-7", on the page that is shown; a filter that hides it is lifted.
  report.showFact = id => {
    const [, name, digits] = /^fact-([a-z]+)-(\d+)$/.exec(id) || [], kind = byName.get(name), k = Number(digits);
    if (!kind || k >= count(kind)) return null;
    if (!isChosen(kind) || kind.hits && !kind.hits.includes(k)) {
      chosen.value = words.value = "";
      filter();
    }
    kind.page = Math.floor((kind.hits ? kind.hits.indexOf(k) : k) / PAGE);
    openEvidence(rowOf(kind, k));
    draw(kind);
    return kind.rows[k];
  };

  let ofNode = null;
  report.factsOf = i => {
    if (!ofNode) {
      ofNode = new Map();
      for (const kind of kinds)
        for (let k = 0; k < count(kind); k++) {
          const node = k < kind.written ? Number(kind.rows[k].querySelector("a").hash.slice(6)) : kind.more[k - kind.written][0];
          if (!ofNode.has(node)) ofNode.set(node, []);
          ofNode.get(node).push(kind.name + "-" + k);
        }
    }
    return ofNode.get(i) || [];
  };

  report.factEntries = () => kinds.flatMap(kind => Array.from({ length: count(kind) }, (_, k) =>
    [`#fact-${kind.name}-${k}`, `${kind.name}-${k}`, () => plain(kind, k), lower(kind, k)]));
  report.printFacts = whole => kinds.forEach(kind => draw(kind, whole));

  for (const kind of kinds) {
    const rest = kind.place.querySelector(".rest"), total = Number(kind.place.dataset.count);
    if (rest && count(kind) >= total) rest.remove();
    else if (rest) rest.textContent = `The first ${number(count(kind))} of ${number(total)}; the JSON report has all.`;
  }
  prepareBar();
  filter();
  phone.addEventListener("change", () => kinds.forEach(kind => draw(kind)));
})();
