// search.js - search, deep links, the map's voice, paper, and where the reader is.
(() => {
  const { $, all, data, nodes, make, link, path, digest, number } = report;

  // -- search --------------------------------------------------------------------------------------
  const box = $("q"), hits = $("hits"), MOST_HITS = 40;
  let index = null, chosen = 0;

  function prepare() {
    index = { Checks: [], Facts: report.factEntries(), "Files and regions": [] };
    for (const row of report.checks)
      index.Checks.push(["#" + row.id, row.id.slice(6), () => row.cells[2].firstChild.textContent, row.textContent.toLowerCase()]);
    nodes.forEach((n, i) => {
      if (i) index["Files and regions"].push(["#node-" + i, data.kinds[n[report.KIND]], () => path(i), n[report.NAME].toLowerCase(), i]);
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
      for (const [href, what, shown] of list.slice(0, MOST_HITS)) {
        const a = link(href);
        a.setAttribute("role", "option");
        a.append(make("code", what), make("bdi", shown().slice(0, 160)));
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
    if (e.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) { e.preventDefault(); box.focus(); }
  });

  // -- deep links: what hides the target is opened --------------------------------------------------
  function follow() {
    const id = location.hash.slice(1), node = /^node-(\d+)$/.exec(id);
    let target = id && $(id);
    for (const e of all(".marked")) e.classList.remove("marked");
    if (id.startsWith("fact-")) target = report.showFact(id) || target;
    if (report.showCatalogue(location.hash)) $("verdicts").scrollIntoView();
    if (node && nodes[node[1]]) {
      report.reveal(Number(node[1]));
      $("files").scrollIntoView();
      report.tree.focus({ preventScroll: true });
    } else if (target && target.tagName === "TR") {
      if (id.startsWith("check-")) report.showCheck(target);
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

  // -- paper has all digests, and no file list -------------------------------------------------------
  addEventListener("beforeprint", () => {
    if (!document.documentElement.classList.contains("filing")) report.printFacts(true);
  });
  addEventListener("afterprint", () => report.printFacts(false));

  // -- contents: where the reader is -----------------------------------------------------------------
  const entries = all(".toc a");
  const sight = new IntersectionObserver(seen => {
    for (const { target } of seen.filter(s => s.isIntersecting))
      for (const a of entries)
        if (a.hash === "#" + target.id) a.setAttribute("aria-current", "true");
        else a.removeAttribute("aria-current");
  }, { rootMargin: "-10% 0px -80% 0px" });
  for (const a of entries) if ($(a.hash.slice(1))) sight.observe($(a.hash.slice(1)));
  report.start();
  follow();
})();
