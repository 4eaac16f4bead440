"""Right responses of IMAP's extensions and the values they stand for."""

from __future__ import annotations

from conformance.wire.imap import Code, Fetch, MailboxList, MailboxStatus, Response, Search
from conformance.wire.rfc2087 import Quota, QuotaRoot, Resource
from conformance.wire.rfc2342 import Namespace, NamespaceResponse
from conformance.wire.rfc4314 import Acl, ListRights, MyRights
from conformance.wire.rfc4731 import Esearch
from conformance.wire.rfc5255 import Comparator
from conformance.wire.rfc5256 import Thread
from conformance.wire.rfc5464 import Metadata
from conformance.wire.rfc7162 import Vanished
from tests.wire.imap_examples import Example, data, fetch, status

BARE_CODES = [
    b"UIDNOTSTICKY", b"NOMODSEQ", b"CLOSED", b"UNKNOWN-CTE", b"USEATTR", b"NOTIFICATIONOVERFLOW", b"TOOBIG", b"COMPRESSIONACTIVE", b"NOTSAVED",
    b"HASCHILDREN", b"BADCOMPARATOR", b"UNAVAILABLE", b"AUTHENTICATIONFAILED", b"AUTHORIZATIONFAILED", b"EXPIRED", b"PRIVACYREQUIRED", b"CONTACTADMIN", b"NOPERM",
    b"INUSE", b"EXPUNGEISSUED", b"CORRUPTION", b"SERVERBUG", b"CLIENTBUG", b"CANNOT", b"LIMIT", b"OVERQUOTA", b"ALREADYEXISTS", b"NONEXISTENT",
]  # fmt: skip
CODES: list[Example] = [
    *((b"a NO [" + name + b"] x", status(b"NO", Code(name), b"x", b"a")) for name in BARE_CODES),
    *(
        (b"a NO [" + sent + b"] x", status(b"NO", Code(sent.split()[0].upper(), value), b"x", b"a"))
        for sent, value in (
            (b"APPENDUID 38505 3955", (38505, b"3955")),
            (b"APPENDUID 38505 3955:3957,4000", (38505, b"3955:3957,4000")),
            (b"COPYUID 38505 304,319:320 3956:3958", (38505, b"304,319:320", b"3956:3958")),
            (b"HIGHESTMODSEQ 9223372036854775807", 9223372036854775807),
            (b"MODIFIED 7,9", b"7,9"),
            (b"BADEVENT (MessageNew FlagChange)", (b"MessageNew", b"FlagChange")),
            (b"MAILBOXID (F2212ea87-6097_x)", b"F2212ea87-6097_x"),
            (b"REFERRAL IMAP://user;AUTH=*@SERVER2/", b"IMAP://user;AUTH=*@SERVER2/"),
            (b"REFERRAL imap://a/x imap://b/x", b"imap://a/x imap://b/x"),
            (b"URLMECH INTERNAL", ((b"INTERNAL", None),)),
            (b"URLMECH INTERNAL X=P34O==", ((b"INTERNAL", None), (b"X", b"P34O=="))),
            (b'BADURL "/INBOX;UIDVALIDITY=785799047/;UID=113330"', b'"/INBOX;UIDVALIDITY=785799047/;UID=113330"'),
            (b'NOUPDATE "b]1"', b"b]1"),
            (b"ANNOTATE TOOBIG", b"TOOBIG"),
            (b"ANNOTATIONS 20480", (20480, True)),
            (b"ANNOTATIONS READ-ONLY NOPRIVATE", (b"READ-ONLY", False)),
            (b"ANNOTATIONS NONE", (b"NONE", True)),
            (b"METADATA LONGENTRIES 2199", (b"LONGENTRIES", 2199)),
            (b"METADATA MAXSIZE 1024", (b"MAXSIZE", 1024)),
            (b"METADATA TOOMANY", (b"TOOMANY", None)),
            (b"METADATA NOPRIVATE", (b"NOPRIVATE", None)),
        )
    ),
]  # fmt: skip
SEARCHES: list[Example] = [
    (b"* SEARCH 2 5 (MODSEQ 917162500)", data(b"SEARCH", Search((2, 5), 917162500))),
    (b"* SORT", data(b"SORT", Search(()))),
    (b"* SORT 5 3 4", data(b"SORT", Search((5, 3, 4)))),
    (b"* SORT 5 3 (MODSEQ 7)", data(b"SORT", Search((5, 3), 7))),
    (b"* THREAD", data(b"THREAD", ())),
    (b"* THREAD (2)(3 6 (4 23)(44 7 96))", data(b"THREAD", (
        Thread((2,)), Thread((3, 6), (Thread((4, 23)), Thread((44, 7, 96)))),
    ))),
    (b"* THREAD ((3)(5 (6)(7 8)))", data(b"THREAD", (
        Thread((), (Thread((3,)), Thread((5,), (Thread((6,)), Thread((7, 8)))))),
    ))),
    (b"* ESEARCH", data(b"ESEARCH", Esearch())),
    (b"* ESEARCH UID", data(b"ESEARCH", Esearch(uid=True))),
    (b'* ESEARCH (TAG "A282") MIN 2 COUNT 3', data(b"ESEARCH", Esearch(b"A282", pairs=((b"MIN", 2), (b"COUNT", 3))))),
    (b"* ESEARCH (TAG {1}\r\na) UID ALL 2,10:11 MAX 11 MODSEQ 7 ODD (x)", data(b"ESEARCH", Esearch(
        b"a", uid=True, pairs=((b"ALL", b"2,10:11"), (b"MAX", 11), (b"MODSEQ", 7), (b"ODD", (b"x",)))
    ))),
    (b'* ESEARCH (TAG "t" MAILBOX folder1 UIDVALIDITY 1) UID ALL 4', data(b"ESEARCH", Esearch(
        b"t", uid=True, pairs=((b"ALL", b"4"),), mailbox=b"folder1", uidvalidity=1
    ))),
    (
        b'* ESEARCH (TAG "a") PARTIAL (1:5 2,4) PARTIAL (-1:-5 NIL) RELEVANCY (1 100)',
        data(
            b"ESEARCH",
            Esearch(b"a", pairs=((b"PARTIAL", (b"1:5", b"2,4")), (b"PARTIAL", (b"-1:-5", None)), (b"RELEVANCY", (1, 100)))),
        ),
    ),
    (
        b'* ESEARCH (TAG "a") ADDTO (0 2 1 3:4) REMOVEFROM (0 5) RELEVANCY ()',
        data(
            b"ESEARCH",
            Esearch(
                b"a",
                pairs=((b"ADDTO", ((0, b"2"), (1, b"3:4"))), (b"REMOVEFROM", ((0, b"5"),)), (b"RELEVANCY", ())),
            ),
        ),
    ),
    (b"* VANISHED 405,407", data(b"VANISHED", Vanished(b"405,407"))),
    (b"* VANISHED (EARLIER) 41,43:116", data(b"VANISHED", Vanished(b"41,43:116", earlier=True))),
]  # fmt: skip
MAILBOXES: list[Example] = [
    (b'* LIST (\\NonExistent) "/" x ("CHILDINFO" ("SUBSCRIBED"))', data(b"LIST", MailboxList(
        (b"\\NonExistent",), b"/", b"x", ((b"CHILDINFO", (b"SUBSCRIBED",)),)
    ))),
    (b'* LIST (\\HasChildren) "/" x (OLDNAME ("y"))', data(b"LIST", MailboxList(
        (b"\\HasChildren",), b"/", b"x", ((b"OLDNAME", b"y"),)
    ))),
    (b'* NAMESPACE (("" "/")("~" "." "X-P" ("A" "b"))) NIL (("#s/" nil))', data(b"NAMESPACE", NamespaceResponse(
        (Namespace(b"", b"/"), Namespace(b"~", b".", ((b"X-P", (b"A", b"b")),))), None, (Namespace(b"#s/", None),)
    ))),
    (b"* STATUS x (HIGHESTMODSEQ 0 SIZE 99999999999 DELETED 3 DELETED-STORAGE 4 MAILBOXID (F2))", data(b"STATUS", MailboxStatus(
        b"x", {b"HIGHESTMODSEQ": 0, b"SIZE": 99999999999, b"DELETED": 3, b"DELETED-STORAGE": 4, b"MAILBOXID": b"F2"}
    ))),
    (b'* QUOTA "" (STORAGE 10 512 X-Y 0 9223372036854775807)', data(b"QUOTA", Quota(
        b"", (Resource(b"STORAGE", 10, 512), Resource(b"X-Y", 0, 9223372036854775807))
    ))),
    (b"* QUOTA root ()", data(b"QUOTA", Quota(b"root", ()))),
    (b'* QUOTAROOT INBOX "" b', data(b"QUOTAROOT", QuotaRoot(b"INBOX", (b"", b"b")))),
    (b"* QUOTAROOT INBOX", data(b"QUOTAROOT", QuotaRoot(b"INBOX", ()))),
    (b'* ACL INBOX Fred rwipslda "-x y" ""', data(b"ACL", Acl(b"INBOX", ((b"Fred", b"rwipslda"), (b"-x y", b""))))),
    (b"* LISTRIGHTS a smith la r swicdkxte0", data(b"LISTRIGHTS", ListRights(b"a", b"smith", b"la", (b"r", b"swicdkxte0")))),
    (b'* LISTRIGHTS a smith ""', data(b"LISTRIGHTS", ListRights(b"a", b"smith", b"", ()))),
    (b"* MYRIGHTS INBOX rwiptsldaex", data(b"MYRIGHTS", MyRights(b"INBOX", b"rwiptsldaex"))),
    (b'* METADATA "" (/shared/a "x" /private/b NIL /private/c ~{2}\r\n\x00y)', data(b"METADATA", Metadata(
        b"", ((b"/shared/a", b"x"), (b"/private/b", None), (b"/private/c", b"\x00y"))
    ))),
    (b"* METADATA INBOX /shared/a /private/b", data(b"METADATA", Metadata(b"INBOX", names=(b"/shared/a", b"/private/b")))),
]  # fmt: skip
OTHERS: list[Example] = [
    (b"* ENABLED", data(b"ENABLED", ())),
    (b"* ENABLED CONDSTORE X-Good-Idea", data(b"ENABLED", (b"CONDSTORE", b"X-Good-Idea"))),
    (b'* LANGUAGE (EN "DE")', data(b"LANGUAGE", (b"EN", b"DE"))),
    (b"* COMPARATOR i;octet", data(b"COMPARATOR", Comparator(b"i;octet"))),
    (b"* COMPARATOR a (a b)", data(b"COMPARATOR", Comparator(b"a", (b"a", b"b")))),
    (
        b'* 1 FETCH (ANNOTATION (/comment (value.priv "x" value.shared NIL) /altsubject (size.priv "0")) UID 3)',
        fetch(
            (
                b"ANNOTATION",
                (
                    (b"/comment", ((b"value.priv", b"x"), (b"value.shared", None))),
                    (b"/altsubject", ((b"size.priv", b"0"),)),
                ),
            ),
            (b"UID", 3),
        ),
    ),
    (b"* 1 FETCH (ANNOTATION (/comment /altsubject))", fetch((b"ANNOTATION", ((b"/comment", None), (b"/altsubject", None))))),
    (b"* ID NIL", data(b"ID", None)),
    (b"* ID ()", data(b"ID", ())),
    (b'* ID ("name" "Cyrus" "os" NIL)', data(b"ID", ((b"name", b"Cyrus"), (b"os", None)))),
    (b'* GENURLAUTH "imap://a" imap://b', data(b"GENURLAUTH", (b"imap://a", b"imap://b"))),
    (b'* URLFETCH "imap://a" {3}\r\nabc imap://b NIL', data(b"URLFETCH", ((b"imap://a", b"abc"), (b"imap://b", None)))),
    (b"* 1 FETCH (UID 4 MODSEQ (65402) FLAGS ())", fetch((b"UID", 4), (b"MODSEQ", 65402), (b"FLAGS", ()))),
    (b"* 1 FETCH (BINARY[] NIL BINARY[1.2]<0> ~{2}\r\n\x00\xff BINARY.SIZE[3] 7)", fetch(
        (b"BINARY[]", None), (b"BINARY[1.2]<0>", b"\x00\xff"), (b"BINARY.SIZE[3]", 7)
    )),
    (b"* 1 FETCH (EMAILID (M6d-_9) THREADID (T1))", fetch((b"EMAILID", b"M6d-_9"), (b"THREADID", b"T1"))),
    (b"* 1 FETCH (THREADID NIL)", Response(b"*", b"FETCH", 1, Fetch(((b"THREADID", None),)))),
]  # fmt: skip
EXTENSIONS = CODES + SEARCHES + MAILBOXES + OTHERS
