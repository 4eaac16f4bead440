// The interactive part of the report: views, the state in the fragment, marks, movement by keys. Joined to it are the
// checks, the text of the RFCs and the panel. Invariant: server text becomes text nodes only, nothing is fetched, and
// the whole state is the fragment (v view, c check, t target, o outcomes, l levels, r RFC, d differing only, q free
// text; x RFC whose text is shown, s which of its statements), so every view is a link.
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
const IN_FULL = 6;
const AT_ONCE = 150;
const FIRST_VIEW = "overview";

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

function viewOf(given, hash) {
  const named = document.querySelector(`.view[data-view="${CSS.escape(given.get("v") || "")}"]`) || document.getElementById(hash)?.closest(".view");
  if (named) return named.dataset.view;
  if (given.has("x")) return "text";
  return ["c", "o", "l", "r", "d", "q"].some((key) => given.has(key)) ? "checks" : FIRST_VIEW;
}

function read(hash) {
  const given = new URLSearchParams(hash.includes("=") ? hash : "");
  const list = (key) => new Set((given.get(key) || "").split(",").filter(Boolean));
  return { v: viewOf(given, hash), c: given.get("c"), t: given.get("t"), o: list("o"), l: list("l"), r: given.get("r"), d: given.has("d"), q: given.get("q") || "", x: given.get("x"), s: given.get("s") };
}

function state() {
  return read(location.hash.slice(1));
}

function fragment(changes, from) {
  const next = { ...(from || state()), ...changes };
  const parts = [`v=${next.v}`];
  for (const key of ["c", "t", "r", "x", "s", "q"]) if (next[key]) parts.push(`${key}=${encodeURIComponent(next[key]).replaceAll("%2F", "/")}`);
  for (const key of ["o", "l"]) if (next[key].size) parts.push(`${key}=${[...next[key]].join(",")}`);
  if (next.d) parts.push("d=1");
  return `#${parts.join("&")}`;
}

function go(changes, replace) {
  history[replace ? "replaceState" : "pushState"](null, "", fragment(changes));
  show();
}

// ---- results and marks

function results(check, target) {
  return check.results[target] || [];
}

function worst(found) {
  return found.length ? WORST.find((verdict) => found.some((result) => result.verdict === verdict)) : null;
}

function family(level) {
  return level.replace(" NOT", "");
}

function waived(found) {
  const failing = found.filter((result) => result.verdict === "fail" || result.verdict === "warn");
  return failing.length > 0 && failing.every((result) => result.waiver !== null);
}

function mark(verdict, isWaived) {
  return make("span", { class: classed(verdict, isWaived) }, make("span", { "aria-hidden": "true" }, sign(verdict)), make("span", { class: "sr" }, worded(verdict, isWaived)));
}

function classed(verdict, isWaived) {
  return `mark v-${verdict || "none"}${isWaived ? " waived" : ""}`;
}

function sign(verdict) {
  return (MARKS[verdict] || ["○"])[0];
}

function worded(verdict, isWaived) {
  return (MARKS[verdict] || ["○", "not run"])[1] + (isWaived ? ", waived" : "");
}

// The link of a cell: there are thousands, so that its words are a label, and no text that is laid out and hidden.
function answer(check, target, more, now) {
  const found = results(check, target);
  const [verdict, isWaived] = [worst(found), waived(found)];
  const label = `${worded(verdict, isWaived)} on ${target}${more}`;
  return make("a", { class: "cell", href: fragment({ c: check.id, t: target }, now), "aria-label": label, "data-check": check.id, "data-target": target }, make("span", { class: classed(verdict, isWaived) }, sign(verdict)));
}

// Cells of one row: a mark a target, or beyond six targets how many of them have each mark. `of` gives the check that
// answers for a target, or null.
function cells(of, more, now) {
  const asked = data.targets.map((target) => [target.name, of(target.name)]);
  if (data.targets.length <= IN_FULL) return asked.map(([name, check]) => make("td", {}, check ? answer(check, name, more, now) : make("span", { class: "cell", "data-target": name }, mark(null))));
  const seen = [...WORST, null].map((verdict) => [verdict, asked.filter(([name, check]) => (check ? worst(results(check, name)) : null) === verdict)]);
  return [make("td", { class: "in-counts" }, seen.filter((entry) => entry[1].length).map(([verdict, those]) => {
    const [name, check] = those[0];
    const text = [mark(verdict), `${those.length}`];
    return check ? make("a", { class: "cell", href: fragment({ c: check.id, t: name }, now), "data-check": check.id, "data-target": name }, text) : make("span", { class: "cell" }, text);
  }))];
}

function heads() {
  if (data.targets.length > IN_FULL) return [make("th", { scope: "col" }, `${data.targets.length} targets`)];
  return data.targets.map((target) => make("th", { scope: "col" }, make("span", {}, target.name)));
}

// A table body that has its first rows at once and ever more in the frames that follow: each time the whole is laid out again.
function grown(rows) {
  const body = make("tbody", {});
  const grow = (count) => {
    const more = [];
    for (let next = rows.next(); !next.done; next = rows.next()) if (more.push(next.value) === count) break;
    body.append(...more);
    if (more.length === count) setTimeout(() => body.isConnected && grow(4 * count));
  };
  grow(AT_ONCE);
  return body;
}

function chip(label, count, pressed, changes, verdict) {
  const button = make("button", { type: "button", class: "chip", "aria-pressed": String(pressed) }, verdict ? mark(verdict) : "", label, make("span", { class: "quiet" }, ` ${count}`));
  if (verdict) button.querySelector(".sr").remove();
  button.dataset.key = label;
  button.addEventListener("click", () => go(changes(), true));
  return button;
}

function refresh(place, chips) {
  const held = place.contains(document.activeElement) && document.activeElement.dataset.key;
  place.replaceChildren(...chips);
  if (held) [...place.querySelectorAll(".chip")].find((button) => button.dataset.key === held)?.focus();
}

// ---- keys

function arrow(event) {
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  const here = event.target.closest("td, th");
  if (!step || !here) return;
  let line = here.parentElement;
  let link = null;
  do {
    line = step[0] < 0 ? line.previousElementSibling : step[0] > 0 ? line.nextElementSibling : line;
    link = line?.cells[here.cellIndex + step[1]]?.querySelector("a");
  } while (step[0] && line && !link);
  if (!link) return;
  event.preventDefault();
  link.focus();
}

function opens(event) {
  const link = event.target.closest('a[href^="#c="]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const { c, t } = read(link.getAttribute("href").slice(1));
  go({ c, t });
}

// ---- views

function turn(now) {
  const turned = document.documentElement.dataset.view !== now.v;
  document.documentElement.dataset.view = now.v;
  for (const part of document.querySelectorAll(".view")) part.classList.toggle("current", part.dataset.view === now.v);
  for (const link of document.querySelectorAll("nav.parts a")) {
    if (link.getAttribute("href") === `#${now.v}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  return turned;
}

function show() {
  const now = state();
  turn(now);
  if (now.v === "checks") list(now);
  if (now.v === "text") recite(now);
  drawPanel(now);
}

function followed() {
  const before = document.documentElement.dataset.view;
  show();
  const now = state();
  if (now.v === before || now.c) return;
  document.querySelector(".view.current h2").focus({ preventScroll: true });
  if (!land()) scrollTo({ top: 0, behavior: "instant" });
}

// Scroll to the part of a view that the fragment names; a view itself begins at the top.
function land() {
  const place = document.getElementById(location.hash.slice(1));
  if (!place || place.classList.contains("view") || place.id === state().v) {
    scrollTo(0, 0);
    return false;
  }
  place.scrollIntoView();
  return true;
}

// ---- start

async function unpack() {
  const packed = Uint8Array.from(atob(document.getElementById("payload").textContent), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

function colours() {
  const button = document.getElementById("palette");
  button.hidden = false;
  button.addEventListener("click", () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    document.documentElement.dataset.palette = on ? "blue" : "";
  });
}

async function start() {
  if (!("DecompressionStream" in window)) {
    app.replaceChildren(make("p", { class: "note" }, "This browser cannot unpack the list of checks (it lacks DecompressionStream). Everything else on this page stands."));
    return;
  }
  data = await unpack();
  prepare();
  document.querySelector("main").classList.add("in-views");
  document.querySelector("main").addEventListener("keydown", arrow);
  document.addEventListener("click", opens);
  addEventListener("hashchange", followed);
  addEventListener("keydown", (event) => { if (event.key === "Escape" && !panel.hidden) { event.preventDefault(); shut(); } });
  colours();
  show();
  land();
  document.documentElement.dataset.ready = "true";
}

addEventListener("DOMContentLoaded", start);
