// What an RFC demands, statement by statement, with one mark a target in the margin; what has no check is there too.
// It uses the data, state and marks of page.js.

const statements = document.getElementById("statements");
const PARTS = [["open", "not holding"], ["untested", "no check"]];

function texts(rfc) {
  return Object.entries(data.requirements).filter(([, demand]) => String(demand.rfc) === rfc);
}

// The check that answers for a statement on a target: of several the one with the gravest verdict.
function speaking(id, name) {
  const asked = (data.proofs[id] || []).filter((check) => results(check, name).length);
  return WORST.map((verdict) => asked.find((check) => worst(results(check, name)) === verdict)).find(Boolean) || null;
}

function untested(id, demand) {
  return Boolean(demand.untested) && !data.proofs[id];
}

function belongs(part, id, demand) {
  if (part === "untested") return untested(id, demand);
  if (part !== "open") return true;
  return data.targets.some((target) => ["fail", "warn", "error", "inconclusive"].includes(worst(results(speaking(id, target.name) || { results: {} }, target.name))));
}

function statement(id, demand, now) {
  const link = make("a", { href: `https://www.rfc-editor.org/rfc/rfc${demand.rfc}#section-${demand.section}`, rel: "noreferrer" }, `§${demand.section}`);
  const bare = untested(id, demand);
  const columns = data.targets.length > IN_FULL ? 1 : data.targets.length;
  const head = make("th", { scope: "row" }, make("span", {}, make("b", { class: "level" }, demand.level + (demand.inferred ? " (inferred)" : "")), " ", demand.text),
    make("span", { class: "check-id" }, make("code", {}, id), " ", link, bare ? ` · ${demand.untested}` : ""));
  const margin = bare ? [make("td", { colspan: columns, class: "bare" }, "no check")] : cells((name) => speaking(id, name), `, ${demand.level}, ${id}`, now);
  return make("tr", { class: bare ? "untested" : null }, margin, head);
}

function* spoken(chosen, width, now) {
  let section = null;
  for (const [id, demand] of chosen) {
    if (demand.section !== section) yield make("tr", { class: "section" }, make("th", { scope: "colgroup", colspan: width }, `Section ${demand.section}`));
    section = demand.section;
    yield statement(id, demand, now);
  }
}

function recited(chosen, rfc, now) {
  const head = make("thead", {}, make("tr", {}, heads(), make("th", { scope: "col" }, "What the RFC demands")));
  const body = grown(spoken(chosen, head.firstChild.children.length, now));
  return make("table", { class: "checks statements" }, make("caption", { class: "sr" }, `What RFC ${rfc} demands, and what each target does`), head, body);
}

function choice(rfc) {
  const select = make("select", { id: "rfc" }, Object.entries(data.rfcs).map(([number, title]) => make("option", { value: number, selected: number === rfc }, `RFC ${number}: ${title}`)));
  select.addEventListener("change", () => go({ x: select.value }));
  return make("div", { class: "controls" }, make("label", { for: "rfc" }, "RFC"), select, make("div", { class: "chips", role: "group", "aria-label": "Statements" }), make("p", { class: "quiet", id: "recited", role: "status" }));
}

function recite(now) {
  const rfc = data.rfcs[now.x] !== undefined ? now.x : Object.keys(data.rfcs)[0];
  if (rfc === undefined || statements.dataset.list === `${rfc} ${now.s}`) return;
  statements.dataset.list = `${rfc} ${now.s}`;
  if (statements.dataset.rfc !== rfc) {
    const held = document.activeElement?.id === "rfc";
    statements.replaceChildren(choice(rfc), make("div", { class: "rows" }));
    if (held) document.getElementById("rfc").focus();
  }
  statements.dataset.rfc = rfc;
  const all = texts(rfc);
  const chosen = all.filter(([id, demand]) => belongs(now.s, id, demand));
  refresh(statements.querySelector(".chips"), PARTS.map(([part, label]) => chip(label, all.filter(([id, demand]) => belongs(part, id, demand)).length, now.s === part, () => ({ s: state().s === part ? null : part }))));
  document.getElementById("recited").textContent = `${chosen.length} of ${all.length} statements`;
  statements.querySelector(".rows").replaceChildren(chosen.length ? recited(chosen, rfc, now) : make("p", { class: "note" }, "No statement of this RFC matches."));
}
