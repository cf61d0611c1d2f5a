// verdicts.js - filters by outcome, and the view of one catalogue.
(() => {
  const { $, all, data, make, link, pair } = report;
  // -- filters: by outcome and by catalogue --------------------------------------------------------
  const verdicts = $("verdicts"), view = $("view"), catalogue = $("catalogue");
  const checks = all("#checks tbody tr"), boxes = all("#filters input");
  const titles = ["Requirement", "In short", "Check", "Outcome", "What is, and evidence"];

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

  const copies = parts => [...parts].map(e => e.cloneNode(true));

  // What a check says, without its rule; then its evidence.
  function finding(check) {
    const said = [...check.cells[2].childNodes].filter(e => e.tagName !== "DETAILS");
    const proof = copies(check.cells[3].childNodes);
    return [...copies(said), proof.length ? make("br") : "", ...proof];
  }

  function line(body, check, requirement, title) {
    const row = make("tr", undefined, check.className.split(" ")[0]), id = check.id.slice(6);
    cell(row, titles[0], requirement);
    cell(row, titles[1], ...title);
    cell(row, titles[2], link("#" + check.id, id), make("br"), check.cells[1].lastChild.cloneNode());
    cell(row, titles[3], check.querySelector(".o").cloneNode(true));
    cell(row, titles[4], ...finding(check));
    body.append(row);
  }

  function group(table, text, rows) {
    const body = table.createTBody(), head = make("th", text, "group");
    if (!rows.length) return;
    head.colSpan = titles.length;
    body.insertRow().append(head);
    for (const [, id, title, byHand = ""] of rows) {
      const row = make("tr", undefined, "not-evaluable");
      cell(row, titles[0], id);
      cell(row, titles[1], title);
      row.lastChild.colSpan = 2;
      cell(row, titles[3], make("span", byHand ? "unanswered" : "not evaluable", "o not-evaluable"));
      cell(row, titles[4], byHand);
      body.append(row);
    }
  }

  // What a laboratory files: image, tool, catalogue, and what became of each requirement.
  function top(name, answered, partly, unanswered, never) {
    const list = make("dl", undefined, "ident");
    pair(list, "Catalogue", name);
    all("#summary .ident dt").forEach(dt => pair(list, dt.textContent, ...copies(dt.nextElementSibling.childNodes)));
    pair(list, "Requirements", `${answered + unanswered + never}: checks speak to ${answered}` +
      (partly ? ` (to ${partly} of them only in part)` : "") +
      `, ${never} cannot be evaluated by static means, ${unanswered} are left to a person`);
    const button = make("button", "Print this catalogue alone");
    button.type = "button";
    button.id = "filing";
    button.addEventListener("click", () => {
      document.documentElement.classList.add("filing");
      print();
    });
    return [list, button];
  }

  // One table that a laboratory can file: requirement, check, outcome, evidence.
  function build(name) {
    const table = make("table"), head = table.createTHead().insertRow();
    const answered = data.requirements.filter(r => r[0] === catalogue.selectedIndex), partly = answered.filter(r => r[4]);
    const beyond = id => all(`#${id} tbody tr`).map(row => [...row.cells].map(c => c.textContent.trim())).filter(r => r[0] === name);
    const unanswered = beyond("unanswered"), never = beyond("never");
    table.createCaption().textContent = name + ". Titles are this project’s words, not the " +
      "standard’s. Several checks may answer one requirement; they are not summed.";
    for (const title of titles) {
      const th = make("th", title);
      th.scope = "col";
      head.append(th);
    }
    for (const [, id, title, answers, isPart] of answered) {
      const body = table.createTBody(), note = isPart ? [make("br"), make("span", "an image answers this in part", "soft")] : [];
      body.className = "same";
      answers.forEach((k, n) => line(body, checks[k], n ? "" : id, n ? [] : [title, ...note]));
    }
    group(table, `${unanswered.length} unanswered: what a person does by hand`, unanswered);
    group(table, `${never.length} not evaluable by static means: ask a running device, documents or the manufacturer`, never);
    return [...top(name, answered.length, partly.length, unanswered.length, never.length), table];
  }

  function choose(name) {
    catalogue.value = name;
    verdicts.classList.toggle("by-catalogue", name !== "");
    view.replaceChildren(...(name ? build(name) : []));
    recount();
  }

  $("filters").hidden = false;
  for (const box of boxes)
    box.addEventListener("change", () => {
      verdicts.classList.toggle("hide-" + box.value, !box.checked);
      recount();
    });
  const anchor = name => name ? "#catalogue-" + name.toLowerCase().replace(/[^a-z0-9]+/g, "-") : "#verdicts";
  catalogue.addEventListener("change", () => {
    choose(catalogue.value);
    history.replaceState(null, "", anchor(catalogue.value)); // a link to this view can be passed on
  });
  for (const a of all(".tally a"))
    a.addEventListener("click", () => { choose(""); only([a.dataset.only]); });
  addEventListener("afterprint", () => document.documentElement.classList.remove("filing"));
  recount();

  // -- for the other parts --------------------------------------------------------------------------
  report.checks = checks;
  report.showCheck = row => {
    if (row.offsetParent !== null) return;
    choose("");
    only(null);
  };
  // The view that "#catalogue-uk-psti" means; false when it means none.
  report.showCatalogue = hash => {
    const option = [...catalogue.options].find(o => o.value && anchor(o.value) === hash);
    if (option) choose(option.value);
    return Boolean(option);
  };
})();
