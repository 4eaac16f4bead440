// The interactive part of the report: the list of checks with its filters, and the panel that shows one result down
// to its bytes. Invariant: server text becomes text nodes only, nothing is fetched, and the whole state is the
// fragment (c check, t target, o outcomes, l levels, r RFC, d differing only, q free text), so every view is a link.
"use strict";

const MARKS = {
  fail: ["✘", "fail"], warn: ["▲", "warning"], inconclusive: ["?", "inconclusive"], error: ["!", "harness error"],
  unsupported: ["–", "not offered"], observed: ["●", "observed"], pass: ["✔", "pass"],
};
const WORST = ["fail", "error", "warn", "inconclusive", "observed", "pass", "unsupported"];
const LEVELS = ["MUST", "GRAMMAR", "SHOULD", "MAY"];
const CONTROL_NAMES = "NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US".split(" ");
const AROUND = 8;
const SHOWN_OCTETS = 4096;
const ROOMY = 12;

const app = document.getElementById("app");
const panel = document.getElementById("panel");
let data = null;
let opener = null;
let view = "text";
let whole = false;

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

// ---- state: the fragment

function state() {
  const hash = location.hash.slice(1);
  const given = new URLSearchParams(hash.includes("=") ? hash : "");
  const list = (key) => new Set((given.get(key) || "").split(",").filter(Boolean));
  return { c: given.get("c"), t: given.get("t"), o: list("o"), l: list("l"), r: given.get("r"), d: given.has("d"), q: given.get("q") || "" };
}

function fragment(changes) {
  const next = { ...state(), ...changes };
  const parts = [];
  for (const key of ["c", "t", "r", "q"]) if (next[key]) parts.push(`${key}=${encodeURIComponent(next[key]).replaceAll("%2F", "/")}`);
  for (const key of ["o", "l"]) if (next[key].size) parts.push(`${key}=${[...next[key]].join(",")}`);
  if (next.d) parts.push("d=1");
  return "#" + (parts.join("&") || "checks=all");
}

function go(changes, replace) {
  history[replace ? "replaceState" : "pushState"](null, "", fragment(changes));
  show();
}

// ---- the list of checks

function results(check, target) {
  return check.results[target] || [];
}

function worst(found) {
  return found.length ? WORST.find((verdict) => found.some((result) => result.verdict === verdict)) : null;
}

function verdicts(check) {
  return data.targets.map((target) => worst(results(check, target.name)));
}

function family(level) {
  return level.replace(" NOT", "");
}

function waived(found) {
  const failing = found.filter((result) => result.verdict === "fail" || result.verdict === "warn");
  return failing.length > 0 && failing.every((result) => result.waiver !== null);
}

function mark(verdict, isWaived) {
  if (!verdict) return make("span", { class: "mark v-none" }, make("span", { "aria-hidden": "true" }, "○"), make("span", { class: "sr" }, "not run"));
  const [sign, word] = MARKS[verdict];
  const text = isWaived ? `${word}, waived` : word;
  return make("span", { class: `mark v-${verdict}${isWaived ? " waived" : ""}` }, make("span", { "aria-hidden": "true" }, sign), make("span", { class: "sr" }, text));
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

function wanted(check, now) {
  if (now.r && !check.rfcs.has(now.r)) return false;
  if (now.l.size && !now.l.has(family(check.level))) return false;
  if (now.d && !differs(check)) return false;
  if (now.o.size && !verdicts(check).some((verdict) => now.o.has(verdict || "none"))) return false;
  return now.q.toLowerCase().split(/\s+/).every((word) => check.text.includes(word));
}

function chip(label, count, pressed, changes, verdict) {
  const button = make("button", { type: "button", class: "chip", "aria-pressed": String(pressed) }, verdict ? mark(verdict) : "", label, make("span", { class: "quiet" }, ` ${count}`));
  button.dataset.key = label;
  button.addEventListener("click", () => go(changes(), true));
  return button;
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
  return make("div", { class: "controls" },
    make("label", { for: "search" }, "Find"), search,
    make("div", { class: "chips", role: "group", "aria-label": "Filters" }),
    make("p", { class: "quiet", id: "shown", role: "status" }));
}

function cell(check, target) {
  const found = results(check, target.name);
  if (!found.length) return make("td", {}, make("span", { class: "cell" }, mark(null)));
  const link = make("a", { class: "cell", href: fragment({ c: check.id, t: target.name }) }, mark(worst(found), waived(found)), make("span", { class: "sr" }, ` on ${target.name}, ${check.level}`));
  link.dataset.check = check.id;
  link.dataset.target = target.name;
  return make("td", {}, link);
}

function row(check) {
  const head = make("th", { scope: "row" }, make("span", { class: "check-title" }, check.title),
    make("span", { class: "check-id" }, make("b", {}, check.level + (check.inferred ? " (inferred)" : "")), " ", make("code", {}, check.id)));
  return make("tr", {}, head, data.targets.map((target) => cell(check, target)));
}

function table(checks) {
  const width = data.targets.length + 1;
  const body = make("tbody", {});
  let rfc = null;
  let section = null;
  for (const check of checks) {
    if (check.rfc !== rfc) body.append(make("tr", { class: "rfc" }, make("th", { scope: "colgroup", colspan: width }, `RFC ${check.rfc} `, make("span", { class: "quiet" }, data.rfcs[check.rfc]))));
    if (check.rfc !== rfc || check.section !== section) body.append(make("tr", { class: "section" }, make("th", { scope: "colgroup", colspan: width }, `Section ${check.section}`)));
    [rfc, section] = [check.rfc, check.section];
    body.append(row(check));
  }
  const names = data.targets.map((target) => make("th", { scope: "col" }, make("span", {}, target.name)));
  const head = make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Check"), names));
  return make("table", { class: `checks${data.targets.length > 4 ? " many" : ""}` }, make("caption", { class: "sr" }, "Verdict of every check on every target"), head, body);
}

function list(now) {
  const chosen = data.checks.filter((check) => wanted(check, now));
  const search = document.getElementById("search");
  if (search.value !== now.q) search.value = now.q;
  const held = app.contains(document.activeElement) && document.activeElement.dataset.key;
  app.querySelector(".chips").replaceChildren(...chips(now));
  if (held) [...app.querySelectorAll(".chip")].find((button) => button.dataset.key === held)?.focus();
  document.getElementById("shown").textContent = `${chosen.length} of ${data.checks.length} checks`;
  app.querySelector(".scroll").replaceChildren(chosen.length ? table(chosen) : make("p", { class: "note" }, "No check matches these filters."));
}

function arrow(event) {
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  const here = event.target.closest("td");
  if (!step || !here) return;
  let line = here.parentElement;
  do { line = step[0] < 0 ? line.previousElementSibling : step[0] > 0 ? line.nextElementSibling : line; } while (step[0] && line && !line.querySelector("td"));
  const next = line && line.cells[here.cellIndex + step[1]];
  const link = next && next.querySelector("a.cell");
  if (!link) return;
  event.preventDefault();
  link.focus();
}

// ---- start

async function unpack() {
  const packed = Uint8Array.from(atob(document.getElementById("payload").textContent), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

async function start() {
  if (!("DecompressionStream" in window)) {
    app.replaceChildren(make("p", { class: "note" }, "This browser cannot unpack the list of checks (it lacks DecompressionStream). Everything else on this page stands."));
    return;
  }
  data = await unpack();
  for (const check of data.checks) Object.assign(check, { text: haystack(check), rfcs: spokenOf(check) });
  app.replaceChildren(controls(), make("div", { class: data.targets.length <= ROOMY ? "scroll roomy" : "scroll" }));
  app.addEventListener("keydown", arrow);
  addEventListener("hashchange", followed);
  addEventListener("popstate", show);
  addEventListener("keydown", (event) => { if (event.key === "Escape" && !panel.hidden) { event.preventDefault(); shut(); } });
  show();
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
  document.documentElement.dataset.ready = "true";
}

function followed() {
  show();
  if (state().r || (state().o.size && !state().c)) document.getElementById("checks").scrollIntoView();
}

start();
