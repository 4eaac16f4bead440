// The list of checks: RFC, section, check, with filters. It uses the data, state and marks of page.js.

// The gravest verdict of a check on each target, in their order; reckoned once.
function verdicts(check) {
  return (check.verdicts ||= data.targets.map((target) => worst(results(check, target.name))));
}

function differs(check) {
  return new Set(verdicts(check)).size > 1;
}

function haystack(check) {
  const said = Object.values(check.results).flat().map((result) => `${result.observed} ${result.why} ${result.reason || ""}`);
  const demanded = check.requirements.map((id) => `${id} ${(data.requirements[id] || {}).text || ""}`);
  return [check.id, check.title, ...demanded, ...said].join("\n").toLowerCase();
}

function spokenOf(check) {
  return new Set([check.rfc, ...check.requirements.map((id) => (data.requirements[id] || {}).rfc)].map(String));
}

function prepare() {
  data.proofs = {};
  for (const check of data.checks) {
    Object.assign(check, { text: haystack(check), rfcs: spokenOf(check) });
    for (const id of check.requirements) (data.proofs[id] ||= []).push(check);
  }
  app.replaceChildren(controls(), make("div", { class: "rows" }));
}

function wanted(check, now) {
  if (now.r && !check.rfcs.has(now.r)) return false;
  if (now.l.size && !now.l.has(family(check.level))) return false;
  if (now.d && !differs(check)) return false;
  if (now.o.size && !verdicts(check).some((verdict) => now.o.has(verdict || "none"))) return false;
  return now.q.toLowerCase().split(/\s+/).every((word) => check.text.includes(word));
}

function toggled(set, value) {
  const next = new Set(set);
  if (!next.delete(value)) next.add(value);
  return next;
}

function chips(now) {
  const count = (test) => data.checks.filter(test).length;
  const outcomes = Object.keys(MARKS).map((verdict) => [verdict, count((check) => verdicts(check).includes(verdict))]);
  const levels = LEVELS.map((level) => [level, count((check) => family(check.level) === level)]);
  const row = [
    ...outcomes.filter((entry) => entry[1]).map(([verdict, n]) => chip(MARKS[verdict][1], n, now.o.has(verdict), () => ({ o: toggled(state().o, verdict) }), verdict)),
    make("span", { class: "gap" }),
    ...levels.filter((entry) => entry[1]).map(([level, n]) => chip(level, n, now.l.has(level), () => ({ l: toggled(state().l, level) }))),
  ];
  if (data.targets.length > 1) row.push(make("span", { class: "gap" }), chip("differs between targets", count(differs), now.d, () => ({ d: !state().d })));
  if (now.r) row.push(chip(`only RFC ${now.r}`, count((check) => check.rfcs.has(now.r)), true, () => ({ r: null })));
  return row;
}

function controls() {
  const search = make("input", { type: "search", id: "search", placeholder: "words of a check, an id, a reply", autocomplete: "off", spellcheck: "false" });
  search.addEventListener("input", () => go({ q: search.value }, true));
  const save = make("button", { type: "button", class: "chip", id: "save" }, "save as CSV");
  save.addEventListener("click", saved);
  return make("div", { class: "controls" },
    make("label", { for: "search" }, "Find"), search,
    make("div", { class: "chips", role: "group", "aria-label": "Filters" }),
    make("div", { class: "shown" }, make("p", { class: "quiet", id: "shown", role: "status" }), save));
}

// Text that a spreadsheet would take for a formula is quoted.
function field(text) {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

function saved() {
  const now = state();
  const names = data.targets.map((target) => target.name);
  const rows = data.checks.filter((check) => wanted(check, now)).map((check) => [check.id, check.title, check.level, `RFC ${check.rfc}`, check.section, ...names.map((name) => (MARKS[worst(results(check, name))] || ["", "not run"])[1])]);
  const text = [["check", "title", "level", "rfc", "section", ...names], ...rows].map((row) => row.map((value) => field(String(value))).join(",")).join("\r\n");
  const link = make("a", { href: URL.createObjectURL(new Blob([`${text}\r\n`], { type: "text/csv" })), download: "checks.csv" });
  link.click();
  URL.revokeObjectURL(link.href);
}

function row(check, now) {
  const head = make("th", { scope: "row" }, make("span", { class: "check-title" }, check.title),
    make("span", { class: "check-id" }, make("b", {}, check.level + (check.inferred ? " (inferred)" : "")), " ", make("code", {}, check.id)));
  return make("tr", {}, head, cells((name) => (results(check, name).length ? check : null), `, ${check.level}`, now));
}

function* lines(checks, width, now) {
  let rfc = null;
  let section = null;
  for (const check of checks) {
    if (check.rfc !== rfc) yield make("tr", { class: "rfc" }, make("th", { scope: "colgroup", colspan: width }, `RFC ${check.rfc} `, make("span", { class: "quiet" }, data.rfcs[check.rfc])));
    if (check.rfc !== rfc || check.section !== section) yield make("tr", { class: "section" }, make("th", { scope: "colgroup", colspan: width }, `Section ${check.section}`));
    [rfc, section] = [check.rfc, check.section];
    yield row(check, now);
  }
}

function table(checks, now) {
  const head = make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Check"), heads()));
  const body = grown(lines(checks, head.firstChild.children.length, now));
  return make("table", { class: "checks" }, make("caption", { class: "sr" }, "Verdict of every check on every target"), head, body);
}

function list(now) {
  const key = JSON.stringify([[...now.o], [...now.l], now.r, now.d, now.q]);
  if (app.dataset.list === key) return;
  app.dataset.list = key;
  const chosen = data.checks.filter((check) => wanted(check, now));
  const search = document.getElementById("search");
  if (search.value !== now.q) search.value = now.q;
  refresh(app.querySelector(".chips"), chips(now));
  document.getElementById("shown").textContent = `${chosen.length} of ${data.checks.length} checks`;
  app.querySelector(".rows").replaceChildren(chosen.length ? table(chosen, now) : make("p", { class: "note" }, "No check matches these filters."));
}
