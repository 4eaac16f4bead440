// The panel of the report: one check on one target, down to the bytes that decided. It is joined to page.js, whose
// data, state and marks it uses. Invariant: server text becomes text nodes only.

function spelled(text) {
  return text.split(/([\u2400-\u241f])/).map((part) => (/^[\u2400-\u241f]$/.test(part) ? make("span", { class: "control", "data-name": CONTROL_NAMES[part.charCodeAt(0) - 0x2400] }, part) : part));
}

function fact(name, value, tag) {
  return value && String(value) ? make("div", { class: "fact-row" }, make("dt", {}, name), make("dd", {}, tag ? make(tag, {}, value) : value)) : "";
}

function requirement(id) {
  const known = data.requirements[id] || {};
  const source = known.rfc ? make("a", { href: `https://www.rfc-editor.org/rfc/rfc${known.rfc}#section-${known.section}`, rel: "noreferrer" }, `RFC ${known.rfc} §${known.section}`) : "";
  return make("div", { class: "requirement" }, make("b", {}, (known.level || "") + (known.inferred ? " (inferred)" : "")), " ", known.text || "", make("span", { class: "quiet" }, ` ${id} `), source);
}

function proof(proven) {
  if (proven === true) return make("span", { class: "proven" }, "✔ proven: it fails against a server that tells this lie");
  return proven === false ? "○ unproven: it was not yet seen to fail against a server that lies" : null;
}

function repeated(result) {
  if (result.attempts < 2) return null;
  return `${result.attempts} attempts`;
}

function button(label, pressed, action) {
  const element = make("button", { type: "button", class: "chip", "aria-pressed": pressed === null ? null : String(pressed) }, label);
  element.addEventListener("click", action);
  return element;
}

function outcome(check, target, result, ordinal) {
  const copy = button("copy", null, () => navigator.clipboard?.writeText(result.again).then(() => { copy.textContent = "copied"; }, () => {}));
  const kept = result.evidence && data.transcripts[result.evidence.key];
  return make("section", { class: "outcome" },
    make("h3", {}, mark(result.verdict, result.waiver !== null), ` ${MARKS[result.verdict][1]}${result.waiver !== null ? ", waived" : ""} on ${target}`, ordinal),
    make("dl", {},
      fact("Reason", [result.reason, result.why].filter(Boolean).join(": ")),
      fact("Expected", spelled(result.expected), "pre"), fact("Observed", spelled(result.observed), "pre"),
      fact("Waiver", result.waiver), fact("Attempts", repeated(result)), fact("This check", proof(result.proven)),
      fact("Took", `${result.seconds.toFixed(3)} s`)),
    result.evidence ? conversation(kept, result.evidence) : make("p", { class: "note" }, "No conversation was kept for this result."),
    make("div", { class: "again" }, make("span", {}, "Reproduce"), make("code", {}, result.again), copy),
    result.by_hand ? folded("By hand", result.by_hand) : "",
    ["fail", "warn"].includes(result.verdict) && result.waiver === null ? folded("Waive it", stanza(check, target)) : "");
}

function folded(title, text) {
  return make("details", {}, make("summary", {}, title), make("pre", { class: "folded-text" }, spelled(text)));
}

// The entry of a waivers file for a finding; why and who are left to the person, and it lasts for 90 days.
function stanza(check, target) {
  const day = (ahead) => new Date(Date.now() + ahead * 86400000).toISOString().slice(0, 10);
  return `[[waive]]\ncheck = ${JSON.stringify(check.id)}\ntarget = ${JSON.stringify(target)}\nreason = ""\nowner = ""\nadded = ${day(0)}\nexpires = ${day(90)}\n`;
}

function conversation(kept, evidence) {
  const where = make("p", { class: "quiet" }, `Decided by line ${evidence.line} of `, make("code", {}, evidence.file), kept ? "" : ", in the run folder (not in this page)");
  if (!kept) return where;
  const last = kept.first + kept.lines.length - 1;
  const [from, to] = whole ? [kept.first, last] : [Math.max(kept.first, evidence.line - AROUND), Math.min(last, evidence.line + AROUND)];
  const lines = kept.lines.slice(from - kept.first, to - kept.first + 1).map((line, index) => wire(line, from + index, evidence.line));
  const cut = from > kept.first || to < last || whole;
  const switches = make("div", { class: "switches" },
    ["text", "hex"].map((name) => button(name, view === name, () => { view = name; redraw(`.switches .chip:nth-child(${name === "text" ? 1 : 2})`); })),
    cut ? button(`whole connection, ${kept.lines.length} lines`, whole, () => { whole = !whole; redraw(".switches .chip:nth-child(3)"); }) : "");
  const head = make("thead", { class: "sr" }, make("tr", {}, ["line", "seconds", "side", "octets"].map((name) => make("th", { scope: "col" }, name))));
  return make("div", {}, where, switches, make("div", { class: "scroll" }, make("table", { class: `wire ${view}` }, make("caption", { class: "sr" }, "Conversation"), head, make("tbody", {}, lines))));
}

function wire(line, number, deciding) {
  const match = /^([\d.]+) {2}(\d+) {2}([CS-]) {2}(\d+) {2}(?:(\w+) )?"(.*)"$/.exec(line);
  const decides = number === deciding;
  const sign = decides ? make("span", { class: "decides" }, "▶", make("span", { class: "sr" }, "decided")) : "";
  if (!match) return make("tr", { class: decides ? "deciding" : null }, make("td", {}, sign, String(number)), make("td", { colspan: 3 }, line));
  const [, at, , side, offset, kind, quoted] = match;
  const octets = unquote(quoted);
  const said = view === "hex" && !kind ? hex(octets, Number(offset)) : pictures(octets);
  return make("tr", { class: [decides ? "deciding" : "", kind ? "event" : `side-${side}`].join(" ") },
    make("td", { class: "number" }, sign, String(number)), make("td", { class: "number" }, Number(at).toFixed(3)),
    make("td", { class: "side" }, side === "-" ? "" : `${side}:`), make("td", {}, kind ? `${kind} ` : "", said));
}

function unquote(text) {
  const named = { r: 13, n: 10, t: 9 };
  const octets = [];
  for (const match of text.matchAll(/\\x([0-9a-f]{2})|\\(.)|([^])/g)) {
    octets.push(match[1] ? parseInt(match[1], 16) : match[2] ? named[match[2]] ?? match[2].charCodeAt(0) : match[3].charCodeAt(0) & 255);
  }
  return octets;
}

function pictures(octets) {
  const parts = [];
  let plain = "";
  const strange = (text, name) => { if (plain) parts.push(plain); plain = ""; parts.push(make("span", { class: "control", "data-name": name }, text)); };
  for (const [index, octet] of octets.slice(0, SHOWN_OCTETS).entries()) {
    if (octets[index - 1] === 10) plain += "\n";
    if (octet < 32) strange(String.fromCharCode(0x2400 + octet), CONTROL_NAMES[octet]);
    else if (octet === 127) strange("␡", "DEL");
    else if (octet > 127) strange(`\\x${octet.toString(16)}`);
    else plain += String.fromCharCode(octet);
  }
  if (plain) parts.push(plain);
  return [...parts, rest(octets)];
}

function hex(octets, offset) {
  const lines = [];
  for (let start = 0; start < Math.min(octets.length, SHOWN_OCTETS); start += 16) {
    const part = octets.slice(start, start + 16);
    const digits = part.map((octet) => octet.toString(16).padStart(2, "0")).join(" ").padEnd(48);
    const ascii = part.map((octet) => (octet >= 32 && octet < 127 ? String.fromCharCode(octet) : "·")).join("");
    lines.push(`${(offset + start).toString(16).padStart(6, "0")}  ${digits} ${ascii}`);
  }
  return [lines.join("\n"), rest(octets)];
}

function rest(octets) {
  return octets.length > SHOWN_OCTETS ? make("span", { class: "control" }, ` (${octets.length - SHOWN_OCTETS} more octets)`) : "";
}

function siblings(check, target) {
  if (data.targets.length < 2) return "";
  const links = data.targets.filter((other) => results(check, other.name).length).map((other) => {
    const found = results(check, other.name);
    return make("a", { href: fragment({ c: check.id, t: other.name }), "aria-current": other.name === target ? "true" : null }, mark(worst(found), waived(found)), ` ${other.name}`);
  });
  return make("nav", { class: "siblings", "aria-label": "The same check on" }, links);
}

function fill(check, target) {
  const found = results(check, target);
  const close = make("button", { type: "button", class: "close", "aria-label": "Close" }, "✕");
  close.addEventListener("click", shut);
  panel.replaceChildren(
    make("div", { class: "panel-head" }, make("code", { class: "quiet" }, check.id), close),
    make("h2", { id: "panel-title", tabindex: "-1" }, check.title),
    make("div", { class: "requirements" }, check.requirements.map(requirement)),
    siblings(check, target),
    ...found.map((result, index) => outcome(check, target, result, found.length > 1 ? ` (${index + 1} of ${found.length})` : "")));
}

function redraw(focus) {
  const check = data.checks.find((entry) => entry.id === panel.dataset.check);
  fill(check, panel.dataset.target);
  panel.querySelector(focus)?.focus();
}

function drawPanel(now) {
  const check = data.checks.find((entry) => entry.id === now.c);
  const target = check && (check.results[now.t] ? now.t : Object.keys(check.results)[0]);
  if (!check) return hide();
  if (panel.dataset.check === check.id && panel.dataset.target === target && !panel.hidden) return null;
  if (panel.hidden) opener = document.activeElement;
  whole = false;
  fill(check, target);
  Object.assign(panel.dataset, { check: check.id, target });
  panel.hidden = false;
  panel.scrollTop = 0;
  return document.getElementById("panel-title").focus({ preventScroll: true });
}

function hide() {
  if (panel.hidden) return;
  panel.hidden = true;
  const { check, target } = panel.dataset;
  const links = [...document.querySelectorAll(".view.current a.cell")];
  const origin = opener && opener !== document.body && opener.isConnected ? opener : links.find((link) => link.dataset.check === check && link.dataset.target === target);
  origin?.focus();
}

function shut() {
  go({ c: null, t: null });
}
