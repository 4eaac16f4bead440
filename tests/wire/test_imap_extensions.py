"""The grammars of IMAP's extensions: what is right is read, what breaks a rule is called by it, and a file is all it takes."""

from __future__ import annotations

import pytest

from conformance.wire.imap import Response
from conformance.wire.imap_grammar import EXTENSIONS as FILES
from conformance.wire.imap_grammar import read
from conformance.wire.imap_registers import CODES
from conformance.wire.scanner import Message, Parsed
from tests.wire.imap_extension_examples import BARE_CODES, EXTENSIONS
from tests.wire.test_imap_grammar import rules_of, shown


@pytest.mark.parametrize(("line", "value"), EXTENSIONS, ids=[shown(line) for line, _ in EXTENSIONS])
def test_what_is_right_is_read(line: bytes, value: Response) -> None:
    message = Message(line + b"\r\n", 7)

    assert read(message) == Parsed(message, value, ())


BROKEN: list[tuple[str, bytes]] = [
    # UIDPLUS
    ("nz-number", b"a OK [APPENDUID 0 1] x"),
    ("uid-set", b"a OK [APPENDUID 1 0] x"),
    ("uid-set", b"a OK [APPENDUID 1 *] x"),
    ("SP", b"a OK [APPENDUID 1] x"),
    ("uid-set", b"a OK [COPYUID 1 304,* 1] x"),
    ("uid-set", b"a OK [COPYUID 1 304 1:] x"),
    ("uid-set", b"a OK [COPYUID 1 304 1,,2] x"),
    ("SP", b"a OK [COPYUID 1 304] x"),
    ("resp-text-code", b"a OK [COPYUID 1 304 1 2] x"),
    ("resp-text-code", b"a OK [UIDNOTSTICKY 1] x"),
    # CONDSTORE and QRESYNC
    ("mod-sequence-value", b"a OK [HIGHESTMODSEQ 0] x"),
    ("mod-sequence-value", b"a OK [HIGHESTMODSEQ 9223372036854775808] x"),
    ("SP", b"a OK [HIGHESTMODSEQ] x"),
    ("sequence-set", b"a OK [MODIFIED 7,] x"),
    ("resp-text-code", b"a OK [NOMODSEQ 1] x"),
    ("mod-sequence-valzer", b"* STATUS x (HIGHESTMODSEQ -1)"),
    ("fetch-mod-resp", b"* 1 FETCH (MODSEQ 5)"),
    ("mod-sequence-value", b"* 1 FETCH (MODSEQ (0))"),
    ("fetch-mod-resp", b"* 1 FETCH (MODSEQ (1 2))"),
    ("expunged-resp", b"* VANISHED (LATER) 1"),
    ("expunged-resp", b"* VANISHED () 1"),
    ("SP", b"* VANISHED (EARLIER)"),
    ("SP", b"* VANISHED"),
    ("uid-set", b"* VANISHED 1:*"),
    ("response-data", b"* 3 VANISHED 1"),
    ("search-sort-mod-seq", b"* SEARCH (MODSEQ 1)"),
    ("search-sort-mod-seq", b"* SEARCH 1 (MODSEQS 1)"),
    ("mod-sequence-value", b"* SEARCH 1 (MODSEQ 0)"),
    ("response-data", b"* SEARCH 1 (MODSEQ 1) 2"),
    # ESEARCH
    ("nz-number", b"* ESEARCH MIN 0"),
    ("number", b"* ESEARCH COUNT x"),
    ("sequence-set", b"* ESEARCH ALL 0"),
    ("mod-sequence-value", b"* ESEARCH MODSEQ 0"),
    ("SP", b"* ESEARCH (TAG a)UID"),
    ("SP", b"* ESEARCH MIN"),
    ("SP", b"* ESEARCH MIN 1)"),
    ("search-correlator", b"* ESEARCH ()"),
    ("search-correlator", b"* ESEARCH (TAG a TAG b)"),
    ("search-correlator", b"* ESEARCH (MAILBOX a)"),
    ("search-return-data", b"* ESEARCH UID (TAG a)"),
    # NAMESPACE
    ("SP", b"* NAMESPACE NIL NIL"),
    ("Namespace", b"* NAMESPACE () NIL NIL"),
    ("Namespace", b"* NAMESPACE x NIL NIL"),
    ("Namespace", b'* NAMESPACE (("" "/") ("~" "/")) NIL NIL'),
    ("Namespace-Descr", b'* NAMESPACE (("" "//")) NIL NIL'),
    ("Namespace-Descr", b'* NAMESPACE (("" /)) NIL NIL'),
    ("string", b'* NAMESPACE ((NIL "/")) NIL NIL'),
    ("Namespace-Response-Extension", b'* NAMESPACE (("" "/" "X" ())) NIL NIL'),
    ("response-data", b"* NAMESPACE NIL NIL NIL NIL"),
    # QUOTA
    ("quota-list", b"* QUOTA x STORAGE 1 2"),
    ("number64", b"* QUOTA x (STORAGE 1 NIL)"),
    ("number64", b"* QUOTA x (STORAGE -1 1)"),
    ("number64", b"* QUOTA x (STORAGE 1 9223372036854775808)"),
    ("SP", b"* QUOTA x (STORAGE 1)"),
    ("resource-name", b'* QUOTA x ("STORAGE" 1 1)'),
    ("SP", b"* QUOTAROOT"),
    ("astring", b"* QUOTAROOT x ()"),
    # SORT and THREAD
    ("nz-number", b"* SORT 0"),
    ("SP", b"* THREAD  (1)"),
    ("SP", b"* THREAD "),
    ("thread-data", b"* THREAD 1"),
    ("response-data", b"* THREAD (1) (2)"),
    ("nz-number", b"* THREAD ()"),
    ("nz-number", b"* THREAD (0)"),
    ("thread-list", b"* THREAD (1"),
    ("thread-nested", b"* THREAD (1 (2))"),
    ("SP", b"* THREAD (1(2)(3))"),
    ("SP", b"* THREAD (1])"),
    ("nesting", b"* THREAD " + b"(1 " * 200),
    # LIST
    ("child-mbox-flag", b"* LIST (\\HasChildren \\HasNoChildren) NIL x"),
    ("childinfo-extended-item", b"* LIST () NIL x (CHILDINFO ())"),
    ("list-select-base-opt-quoted", b"* LIST () NIL x (CHILDINFO (SUBSCRIBED))"),
    ("oldname-extended-item", b"* LIST () NIL x (OLDNAME y)"),
    ("oldname-extended-item", b"* LIST () NIL x (OLDNAME (y z))"),
    # ENABLE and ID
    ("capability", b"* ENABLED (CONDSTORE)"),
    ("id_params_list", b'* ID "name"'),
    ("id_params_list", b'* ID ("name")'),
    ("string", b'* ID (name "x")'),
    ("nstring", b'* ID ("name" x)'),
    # ACL
    ("rights", b"* MYRIGHTS x LR"),
    ("rights", b"* ACL x fred l-r"),
    ("SP", b"* ACL x fred"),
    ("SP", b"* LISTRIGHTS x fred"),
    ("rights", b"* LISTRIGHTS x fred l R"),
    ("SP", b"* MYRIGHTS x"),
    ("response-data", b"* MYRIGHTS x l r"),
    # BINARY
    ("section-binary", b'* 1 FETCH (BINARY[HEADER] "x")'),
    ("section-binary", b'* 1 FETCH (BINARY[1.] "x")'),
    ("number", b"* 1 FETCH (BINARY.SIZE[1] NIL)"),
    ("nstring", b"* 1 FETCH (BINARY[1] x)"),
    ("msg-att-static", b'* 1 FETCH (BINARY.PEEK[1] "x")'),
    ("literal", b"* 1 FETCH (BODY[] ~{1}\r\nx)"),
    # METADATA
    ("SP", b"* METADATA x"),
    ("entry", b'* METADATA x (shared "x")'),
    ("entry", b"* METADATA x shared"),
    ("entry", b'* METADATA x "/a*"'),
    ("entry-values", b"* METADATA x ()"),
    ("nstring", b"* METADATA x (/a b)"),
    ("resp-text-code", b"a NO [METADATA TOOFEW] x"),
    ("SP", b"a NO [METADATA MAXSIZE] x"),
    ("resp-text-code", b"a NO [METADATA TOOMANY 5] x"),
    # OBJECTID, STATUS=SIZE
    ("objectid", b"* 1 FETCH (EMAILID ())"),
    ("objectid", b"* 1 FETCH (EMAILID (a.b))"),
    ("objectid", b"* 1 FETCH (THREADID (" + b"x" * 256 + b"))"),
    ("objectid", b'* 1 FETCH (EMAILID ("a"))'),
    ("tagged-ext-val", b"* 1 FETCH (EMAILID a)"),
    ("tagged-ext-val", b"* 1 FETCH (EMAILID NIL)"),
    ("tagged-ext-val", b"* STATUS x (MAILBOXID a)"),
    ("objectid", b"a OK [MAILBOXID (*)] x"),
    ("number64", b"* STATUS x (SIZE 9223372036854775808)"),
    # LANGUAGE, ANNOTATE, CONTEXT, FUZZY
    ("language-data", b"* LANGUAGE EN"),
    ("language-data", b"* LANGUAGE ()"),
    ("comparator-data", b"* COMPARATOR a b"),
    ("SP", b"* COMPARATOR"),
    ("att-annotate", b"* 1 FETCH (ANNOTATION ())"),
    ("entry-att", b"* 1 FETCH (ANNOTATION (/comment ()))"),
    ("nstring", b"* 1 FETCH (ANNOTATION (/comment (value x)))"),
    ("resp-text-code", b"a NO [ANNOTATE TOOFEW] x"),
    ("resp-text-code", b"a NO [ANNOTATIONS SOME] x"),
    ("nz-number", b"a NO [ANNOTATIONS 0] x"),
    ("resp-text-code", b"a NO [ANNOTATIONS 5 PRIVATE] x"),
    ("resp-text-code", b"a NO [ANNOTATIONS NONE NOPRIVATE] x"),
    ("ret-data-partial", b"* ESEARCH PARTIAL 1:5"),
    ("ret-data-partial", b"* ESEARCH PARTIAL (1:5 1 2)"),
    ("partial-range", b"* ESEARCH PARTIAL (0:5 1)"),
    ("sequence-set", b"* ESEARCH PARTIAL (1:5 0)"),
    ("ret-data-addto", b"* ESEARCH ADDTO ()"),
    ("context-position", b"* ESEARCH ADDTO (x 1)"),
    ("SP", b"* ESEARCH ADDTO (1)"),
    ("score-list", b"* ESEARCH RELEVANCY 5"),
    ("score", b"* ESEARCH RELEVANCY (0)"),
    ("score", b"* ESEARCH RELEVANCY (101)"),
    ("SP", b"a NO [NOUPDATE] x"),
    ("quoted", b"a NO [NOUPDATE b1] x"),
    # NOTIFY, referrals, URLAUTH, CATENATE
    ("unsupported-events-code", b"a NO [BADEVENT ()] x"),
    ("unsupported-events-code", b"a NO [BADEVENT MessageNew] x"),
    ("imapurl", b"a NO [REFERRAL http://x/] x"),
    ("SP", b"a NO [REFERRAL] x"),
    ("genurlauth-data", b"* GENURLAUTH"),
    ("urlfetch-data", b"* URLFETCH"),
    ("SP", b"* URLFETCH imap://x"),
    ("resp-text-code", b"a OK [URLMECH XSAMPLE] x"),
    ("mechanism", b"a OK [URLMECH INTERNAL X_Y] x"),
    ("SP", b"a NO [BADURL] x"),
    *(("resp-text-code", b"a NO [" + name + b" 1] x") for name in BARE_CODES),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "line"), BROKEN, ids=[f"{rule}-{shown(line)}" for rule, line in BROKEN])
def test_what_breaks_one_rule_is_called_by_that_rule(rule: str, line: bytes) -> None:
    assert rules_of(line) == [rule]


def test_an_item_of_a_search_is_found_by_its_name() -> None:
    value = read(Message(b"* ESEARCH COUNT 3\r\n", 0)).value.data

    assert (value.get(b"COUNT"), value.get(b"MIN")) == (3, None)
    assert b"COUNT" in value
    assert b"MIN" not in value


def test_files_of_extensions_are_found_by_their_names() -> None:
    names = {file.__name__.rpartition(".")[2] for file in FILES}

    assert names >= {"rfc2087", "rfc4315", "rfc7162", "rfc8474"}
    assert {b"APPENDUID", b"HIGHESTMODSEQ", b"OVERQUOTA"} <= CODES.keys()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.__name__)
def test_a_file_is_about_the_rfc_it_is_named_after(file: object) -> None:
    number = getattr(file, "__name__", "").rpartition("rfc")[2]

    assert f"RFC {number}" in (file.__doc__ or "")
