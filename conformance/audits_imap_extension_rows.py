"""The GRAMMAR requirements of IMAP's extensions, as rows: title, requirements, where, which rules, the lie that breaks it."""

from __future__ import annotations

from conformance.audits_imap_grammar import grammar
from conformance.faults import inject_before, rewrite, rewrite_raw

grammar(
    "quota is a root and a list of resource usage and limit",
    "RFC2087-6-01",
    "RFC9208-7-01",
    "RFC9208-3.1.2-01",
    "RFC2087-5.1-02",
    at=(b"QUOTA",),
    rules=("", "number64"),
    refuted_by=rewrite(rb"\* QUOTA (.*) \(.*$", rb"* QUOTA \1 (STORAGE 5)", of=rb"GETQUOTA(ROOT)? .*"),
)
grammar(
    "quotaroot is a mailbox and its roots",
    "RFC2087-6-02",
    "RFC9208-7-02",
    at=(b"QUOTAROOT",),
    refuted_by=rewrite(rb"\* QUOTAROOT (.*)$", rb"* QUOTAROOT \1 ", of=rb"GETQUOTAROOT .*"),
)
grammar(
    "a referral is one url",
    "RFC2221-5-01",
    at=(b"[REFERRAL]",),
    refuted_by=rewrite(rb"^([^*]\S*) NO (\[.*?\] )?", rb"\1 NO [REFERRAL somewhere else] ", of=rb"COPY .*"),
)
grammar(
    "a namespace is a list of prefixes with delimiters",
    "RFC2342-6-01",
    "RFC2342-6-03",
    "RFC2342-5-02",
    at=(b"NAMESPACE",),
    refuted_by=rewrite(rb"\* NAMESPACE .*", b'* NAMESPACE (("" "/")) () NIL', of=rb"NAMESPACE"),
)
grammar(
    "id is a list of strings each with a string or nil",
    "RFC2971-4-01",
    at=(b"ID",),
    refuted_by=rewrite(rb"\* ID .*", b'* ID ("name" server)', of=rb"ID NIL"),
)
grammar(
    "no more than one attribute tells of children",
    "RFC3348-3-07",
    "RFC5258-4-01",
    "RFC3348-5-01",
    at=(b"LIST", b"LSUB"),
    rules=("child-mbox-flag",),
    refuted_by=rewrite(rb"\* LIST \(.*?\)", b"* LIST (\\\\HasChildren \\\\HasNoChildren)", of=rb"LIST .*"),
)
grammar(
    "binary data is an nstring or a literal8",
    "RFC3516-7-02",
    at=(b"BINARY[]", b"BINARY.SIZE[]"),
    refuted_by=rewrite_raw(rb"BINARY\[1\] ~?\{\d+\}\r\n.*?\r\n", b"BINARY[1] none", of=rb"FETCH .*"),
)
grammar(
    "acl listrights and myrights keep their forms",
    "RFC4314-7-01",
    at=(b"ACL", b"LISTRIGHTS", b"MYRIGHTS"),
    refuted_by=rewrite(rb"(\* MYRIGHTS .*) (\S+)$", rb"\1 (\2)", of=rb"MYRIGHTS .*"),
)
grammar(
    "uids of appended and copied messages are numbers and ranges",
    "RFC4315-4-01",
    "RFC4315-3-04",
    "RFC3502-UIDPLUS-02",
    at=(b"[APPENDUID]", b"[COPYUID]"),
    rules=("", "nz-number"),
    refuted_by=rewrite(rb"\[APPENDUID (\d+) \d+\]", rb"[APPENDUID \1 *]", of=rb"APPEND .*"),
)
grammar(
    "urlfetch and genurlauth keep their forms",
    "RFC4467-9-01",
    at=(b"URLFETCH", b"GENURLAUTH", b"[URLMECH]"),
    refuted_by=rewrite(rb"\* GENURLAUTH .*", b"* GENURLAUTH", of=rb"GENURLAUTH .*"),
)
grammar(
    "esearch keeps its form",
    "RFC4731-4-01",
    at=(b"ESEARCH",),
    rules=("", "nz-number"),
    refuted_by=rewrite(rb"MIN (\d+)", b"MIN 0", of=rb"SEARCH RETURN .*"),
)
grammar(
    "enabled names capabilities behind single spaces",
    "RFC5161-3.2-01",
    at=(b"ENABLED",),
    refuted_by=rewrite(rb"\* ENABLED (.*)$", rb"* ENABLED  \1", of=rb"ENABLE .*"),
)
grammar(
    "sort numbers stand each behind one space",
    "RFC5256-BASE.7.2.SORT-01",
    at=(b"SORT",),
    rules=("", "nz-number"),
    refuted_by=rewrite(rb"\* SORT (.*)$", rb"* SORT \1 ", of=rb"SORT .*"),
)
grammar(
    "threads are nested lists",
    "RFC5256-BASE.7.2.THREAD-01",
    at=(b"THREAD",),
    rules=("", "nz-number"),
    refuted_by=rewrite(rb"\* THREAD .*", b"* THREAD (1)(2 )", of=rb"THREAD .*"),
)
grammar(
    "extended items of list are tags and values",
    "RFC5258-6-01",
    at=(b"LIST",),
    rules=("mbox-list-extended", "mbox-list-extended-item", "tagged-ext-val", "childinfo-extended-item"),
    fed_by=(b"extended",),
    refuted_by=rewrite(rb'(CHILDINFO"?) \((.*?)\)', rb"\1 \2", of=rb"LIST \(.*"),
)
grammar(
    "childinfo quotes its options",
    "RFC5258-6-02",
    at=(b"LIST",),
    rules=("list-select-base-opt-quoted",),
    fed_by=(b"CHILDINFO",),
    refuted_by=rewrite(rb'\("SUBSCRIBED"\)', b"(SUBSCRIBED)", of=rb"LIST \(.*"),
)
grammar(
    "metadata keeps its form",
    "RFC5464-5-01",
    at=(b"METADATA", b"[METADATA]"),
    refuted_by=rewrite(rb"\* METADATA (\S+) \(", rb"* METADATA \1 ( ", of=rb"GETMETADATA .*"),
)
_BARE_CODES = (
    b"UNAVAILABLE AUTHENTICATIONFAILED AUTHORIZATIONFAILED EXPIRED PRIVACYREQUIRED CONTACTADMIN NOPERM INUSE EXPUNGEISSUED "
    b"CORRUPTION SERVERBUG CLIENTBUG CANNOT LIMIT OVERQUOTA ALREADYEXISTS NONEXISTENT"
).split()
grammar(
    "the codes of rfc 5530 have no argument",
    "RFC5530-4-01",
    at=tuple(b"[%b]" % name for name in _BARE_CODES),
    refuted_by=rewrite(rb"NO (\[.*?\] )?", b"NO [NONEXISTENT mailbox] ", of=rb"COPY .*"),
)
grammar(
    "modseq of a message is a number in parentheses",
    "RFC7162-3.1.4.2-01",
    "RFC7162-7-01",
    at=(b"MODSEQ",),
    rules=("", "mod-sequence-value"),
    refuted_by=rewrite(rb"MODSEQ \((\d+)\)", rb"MODSEQ \1", of=rb"FETCH .*"),
)
grammar(
    "mod sequences and vanished keep their forms",
    "RFC7162-7-01",
    at=(b"[MODIFIED]", b"[HIGHESTMODSEQ]", b"[NOMODSEQ]", b"VANISHED", b"HIGHESTMODSEQ"),
    rules=("", "mod-sequence-value", "mod-sequence-valzer", "sequence-set", "expunged-resp"),
    refuted_by=rewrite(rb"\[HIGHESTMODSEQ \d+\]", b"[HIGHESTMODSEQ 0]", of=rb"SELECT .*"),
)
grammar(
    "a mod sequence ends only search responses with numbers",
    "RFC7162-3.1.6-02",
    "RFC7162-7-01",
    at=(b"SEARCH", b"SORT"),
    rules=("search-sort-mod-seq",),
    fed_by=(b"mod-sequence",),
    refuted_by=inject_before(b"* SEARCH (MODSEQ 7)\r\n", of=rb"SEARCH MODSEQ .*"),
)
grammar(
    "vanished names uids without an asterisk",
    "RFC7162-7-02",
    at=(b"VANISHED",),
    rules=("uid-set",),
    refuted_by=rewrite(rb"\* VANISHED (\(EARLIER\) )?\S+$", rb"* VANISHED \1*", of=rb"UID FETCH .*|EXPUNGE"),
)
grammar(
    "size of a mailbox is a number below 2 to the 63rd",
    "RFC8438-4-01",
    at=(b"SIZE",),
    rules=("", "number64"),
    refuted_by=rewrite(rb" SIZE \d+", b" SIZE NIL", of=rb"STATUS .*"),
)
grammar(
    "object ids are 1 to 255 letters digits underscores and hyphens",
    "RFC8474-7-01",
    at=(b"EMAILID", b"THREADID", b"MAILBOXID", b"[MAILBOXID]"),
    rules=("", "objectid"),
    refuted_by=rewrite(rb"EMAILID \((.*?)\)", rb"EMAILID (\1.1)", of=rb"FETCH .*"),
)
