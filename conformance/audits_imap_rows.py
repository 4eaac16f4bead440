r"""The GRAMMAR requirements of RFC 3501 sections 4, 7 and 9, as rows: title, requirements, where, which rules, the lie that breaks it."""

from __future__ import annotations

from conformance.audits_imap_grammar import ANYWHERE, grammar
from conformance.faults import rewrite, rewrite_raw, say

BODIES = (b"BODY", b"BODYSTRUCTURE")
TEXTS = (b"BODY[]", b"RFC822", b"RFC822.HEADER", b"RFC822.TEXT")

# What stands in any response.

grammar(
    "every quoted string is 7 bit with a backslash only before quote and backslash",
    "RFC3501-9-36",
    "RFC3501-4.3-06",
    at=(ANYWHERE,),
    rules=("quoted",),
    refuted_by=rewrite(rb'"sample (\d)"', b'"s\xe4mple \\\\1"', of=rb"FETCH .*ENVELOPE.*"),
)
grammar(
    "every literal is announced by the number of its octets",
    "RFC3501-4.3-05",
    at=(ANYWHERE,),
    rules=("literal",),
    refuted_by=rewrite_raw(rb"\{(\d+)\}\r\n", rb"{\1+}\r\n", of=rb"FETCH .*"),
)
grammar(
    "no string holds a nul",
    "RFC3501-9-03",
    "RFC3501-4.3.1-01",
    at=(ANYWHERE,),
    rules=("CHAR8",),
    refuted_by=rewrite(rb"Message (\d)\.", b"Message\x00\\1.", of=rb"FETCH .*BODY.*"),
)
grammar(
    "every number is written in digits and below 2 to the 32nd",
    "RFC3501-9-34",
    at=(ANYWHERE,),
    rules=("number",),
    refuted_by=rewrite(rb"(MESSAGES) \d+", rb"\1 4294967296", of=rb"STATUS .*"),
)
grammar(
    "every parenthesized list is balanced and separated by single spaces",
    "RFC3501-4.4-01",
    at=(ANYWHERE,),
    refuted_by=rewrite(rb'(?i)("[78]BIT")', rb" \1", of=rb"FETCH .*BODYSTRUCTURE.*"),
    how="Read every response by the ABNF; what belongs to no other requirement of section 9 counts here.",
)

# Status responses.

grammar(
    "every command is completed by ok no or bad",
    "RFC3501-2.2.2-03",
    at=(ANYWHERE,),
    rules=("resp-cond-state",),
    refuted_by=rewrite(rb"^(\w\S*) OK", rb"\1 DONE", of=rb"NOOP"),
)
grammar(
    "every status response has text",
    "RFC3501-9-20",
    at=(ANYWHERE,),
    rules=("no text",),
    refuted_by=rewrite(rb"OK .*$", b"OK ", of=rb"NOOP"),
)
grammar(
    "the text of a status response is 7 bit without nul cr and lf",
    "RFC3501-9-56",
    at=(ANYWHERE,),
    rules=("text",),
    refuted_by=rewrite(rb"OK .*$", b"OK erf\xfcllt", of=rb"NOOP"),
)
grammar(
    "a response code stands in brackets and is followed by one space",
    "RFC3501-9-21",
    "RFC3501-7.1-01",
    at=(b"status",),
    refuted_by=rewrite(rb"\[READ-WRITE\] ", b"[READ-WRITE]", of=rb"SELECT .*"),
)
grammar(
    "a continuation request begins with a plus and one space",
    "RFC3501-9-18",
    at=(b"+",),
    refuted_by=rewrite(rb"^\+.*", b"+", of=rb"APPEND .*", when=rb"\+"),
)
grammar(
    "permanentflags holds a list of flags",
    "RFC3501-9-22",
    at=(b"[PERMANENTFLAGS]",),
    rules=("", "recent-flag"),
    refuted_by=rewrite(rb"\[PERMANENTFLAGS \((.*?)\)\]", rb"[PERMANENTFLAGS \1]", of=rb"SELECT .*"),
)
grammar(
    "uidnext uidvalidity and unseen hold a number above zero",
    "RFC3501-9-23",
    at=(b"[UIDNEXT]", b"[UIDVALIDITY]", b"[UNSEEN]"),
    rules=("", "nz-number"),
    refuted_by=rewrite(rb"\[UIDVALIDITY (\d+)\]", rb"[UIDVALIDITY 0\1]", of=rb"SELECT .*"),
)

# Server and mailbox data.

grammar(
    "capabilities are atoms behind single spaces with imap4rev1 among them",
    "RFC3501-9-17",
    "RFC3501-7.2.1-01",
    "RFC3501-6.1.1-02",
    at=(b"CAPABILITY", b"[CAPABILITY]"),
    refuted_by=rewrite(rb"\A(\* CAPABILITY .*)$", rb"\1 ", of=rb"CAPABILITY"),
)
grammar(
    "lists of flags hold flags behind single spaces",
    "RFC3501-9-25",
    at=(b"FLAGS",),
    refuted_by=rewrite(rb"\* FLAGS \((\S+) ", rb"* FLAGS (\1  ", of=rb"SELECT .*"),
)
grammar(
    "list gives attributes delimiter and name",
    "RFC3501-9-26",
    at=(b"LIST",),
    refuted_by=rewrite(rb'(\* LIST \(.*?\)) ("\\?."|NIL) ', rb"\1 / ", of=rb'LIST "" \*|LIST "" "\*"'),
)
grammar(
    "lsub gives attributes delimiter and name",
    "RFC3501-7.2.3-01",
    "RFC3501-9-26",
    at=(b"LSUB",),
    refuted_by=rewrite(rb'(\* LSUB \(.*?\)) ("\\?."|NIL) ', rb"\1 / ", of=rb"LSUB .*"),
)
grammar(
    "at most one of noselect marked and unmarked goes with a name",
    "RFC3501-9-27",
    "RFC3501-7.2.2-04",
    "RFC9051-7.3.1-01",
    at=(b"LIST", b"LSUB"),
    rules=("mbx-list-sflag",),
    refuted_by=rewrite(rb"\* LIST \(.*?\)", b"* LIST (\\\\Marked \\\\Unmarked)", of=rb"LIST .*"),
)
grammar(
    "search numbers stand each behind one space with none at the end",
    "RFC3501-9-28",
    "RFC3501-7.2.5-01",
    at=(b"SEARCH",),
    rules=("", "nz-number", "SP"),
    refuted_by=rewrite(rb"\A(\* SEARCH.*)$", rb"\1 ", of=rb"SEARCH ALL"),
)
grammar(
    "status data is a mailbox and a list of pairs",
    "RFC3501-9-29",
    "RFC3501-7.2.4-01",
    at=(b"STATUS",),
    refuted_by=rewrite(rb"\((MESSAGES .*?)\)$", rb"\1", of=rb"STATUS .*"),
)

# Message data.

grammar(
    "expunge and fetch stand behind a number above zero",
    "RFC3501-9-30",
    at=(b"FETCH", b"EXPUNGE", b"number"),
    rules=("nz-number",),
    refuted_by=rewrite(rb"^\* (\d+) FETCH", rb"* 0\1 FETCH", of=rb"FETCH .*"),
)
grammar(
    "fetch data is a list of names and values",
    "RFC3501-9-31",
    "RFC3501-7.4.2-01",
    at=(b"FETCH",),
    refuted_by=rewrite(rb"FETCH \((.*)", rb"FETCH ( \1", of=rb"UID FETCH .*"),
)
grammar(
    "a section is named in brackets",
    "RFC3501-9-32",
    at=(*TEXTS, b"FETCH"),
    rules=("section", "section-spec", "header-list", "msg-att-static"),
    refuted_by=rewrite(rb"BODY\[HEADER\.FIELDS", b"BODY[HEADER.FIELD", of=rb"FETCH .*"),
)
grammar(
    "texts of messages are quoted strings literals or nil",
    "RFC3501-9-33",
    at=TEXTS,
    refuted_by=say(b"* 1 FETCH (BODY[HEADER.FIELDS (SUBJECT)] none)\r\n", of=rb"FETCH .*", when=rb"\* 1 FETCH"),
)
grammar(
    "each uid is a number above zero without leading zero",
    "RFC3501-9-58",
    "RFC3501-2.3.1.1-01",
    at=(b"UID",),
    refuted_by=rewrite(rb"UID (\d+)", rb"UID 0\1", of=rb"UID FETCH .*"),
)
grammar(
    "each date time is in its fixed form",
    "RFC3501-9-08",
    at=(b"INTERNALDATE",),
    refuted_by=rewrite(rb'INTERNALDATE "[ 0]?(\d+)-', rb'INTERNALDATE "2026-\1-', of=rb"FETCH .*"),
)
grammar(
    "an envelope has its ten fields",
    "RFC3501-7.4.2-21",
    at=(b"ENVELOPE",),
    refuted_by=rewrite(rb'("sample \d") ', rb"\1 NIL ", of=rb"FETCH .*"),
)
grammar(
    "addresses are four nstrings in parentheses",
    "RFC3501-9-04",
    at=(b"ENVELOPE", *BODIES),
    rules=("address", "addr-name", "addr-adl", "addr-mailbox", "addr-host"),
    refuted_by=rewrite(rb'(NIL|"[^"]*") NIL ("sender") ("[^"]*")\)\)', rb"\1 NIL \2))", of=rb"FETCH .*"),
)
_ADDRESSES = ("env-from", "env-sender", "env-reply-to", "env-to", "env-cc", "env-bcc")
grammar(
    "address lists stand in parentheses without space or are nil",
    "RFC3501-9-16",
    at=(b"ENVELOPE", *BODIES),
    rules=_ADDRESSES,
    refuted_by=rewrite(rb"(\)\)) NIL NIL NIL ", rb"\1 () NIL NIL ", of=rb"FETCH .*"),
)
grammar(
    "body parameters are pairs or nil",
    "RFC3501-9-10",
    at=BODIES,
    rules=("body-fld-param",),
    refuted_by=rewrite(rb'(?i)("text" "plain") (\([^)]*\)|NIL)', rb"\1 ()", of=rb"FETCH .*"),
)
grammar(
    "a body disposition is a string with parameters or nil",
    "RFC3501-9-11",
    at=BODIES,
    rules=("body-fld-dsp",),
    refuted_by=rewrite(rb'(?i)\("inline" \(.*?\)\)', b'"inline"', of=rb"FETCH .*"),
)
grammar(
    "a body language is a string a list of strings or nil",
    "RFC3501-9-12",
    at=BODIES,
    rules=("body-fld-lang",),
    refuted_by=rewrite(rb'(?i)\("en" "de"\)', b"()", of=rb"FETCH .*"),
)
grammar(
    "a multipart is its bodies and the subtype behind one space",
    "RFC3501-9-13",
    "RFC3501-7.4.2-11",
    at=BODIES,
    rules=("body-type-mpart",),
    refuted_by=rewrite(rb'(?i)\)\(("text" "html")', rb") (\1", of=rb"FETCH .*"),
)
grammar(
    "media type subtype and encoding are strings",
    "RFC3501-9-14",
    at=BODIES,
    rules=("media-basic", "media-subtype", "body-fld-enc", "string"),
    refuted_by=rewrite(rb'(?i)"[78]bit"', b"NIL", of=rb"FETCH .*"),
)
grammar(
    "content id and description are nstrings",
    "RFC3501-7.4.2-17",
    at=BODIES,
    rules=("body-fld-id", "body-fld-desc"),
    refuted_by=rewrite(rb'(?i)NIL NIL ("[78]bit")', rb"NIL none \1", of=rb"FETCH .*"),
)
grammar(
    "octets and lines of a body are numbers",
    "RFC3501-9-15",
    at=BODIES,
    rules=("body-fld-octets", "body-fld-lines"),
    refuted_by=rewrite(rb'(?i)("[78]bit") (\d+)', rb'\1 "\2"', of=rb"FETCH .*"),
)
grammar(
    "md5 and location of a body are nstrings",
    "RFC3501-9-60",
    at=BODIES,
    rules=("body-fld-md5", "body-fld-loc", "nstring"),
    refuted_by=rewrite(rb'(?i)("[78]bit" \d+ \d+) NIL ', rb"\1 none ", of=rb"FETCH .*"),
)
grammar(
    "body goes without extension data",
    "RFC3501-7.4.2-14",
    at=(b"BODY",),
    rules=("body-ext-1part", "body-ext-mpart"),
    refuted_by=rewrite(rb"BODYSTRUCTURE \(", b"BODY (", of=rb"FETCH .*"),
)
grammar(
    "a message part has envelope body and lines",
    "RFC3501-7.4.2-09",
    at=BODIES,
    rules=("body-type-msg",),
    refuted_by=rewrite(rb'(?i)\("text" "html" (.*?"[78]bit" \d+) \d+', rb'("message" "rfc822" \1', of=rb"FETCH .*"),
)
