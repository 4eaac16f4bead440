"""RFC 4467 sections 2, 3, 6 and 7: GENURLAUTH, URLFETCH and RESETKEY."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote as escape

from conformance import (
    Imap,
    ImapDial,
    Inconclusive,
    Mailbox,
    Reason,
    answer,
    compose,
    forward,
    needs,
    quoted,
    rewrite,
    verifies,
)
from conformance.sessions.imap_answer import Answer

pytestmark = needs("URLAUTH")

MESSAGE = compose(
    b"--b\r\nContent-Type: text/plain\r\n\r\nThe first part.\r\n--b\r\n\r\nThe second part,\r\nof two lines.\r\n--b--\r\n",
    b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n',
)
FETCHING = rb"URLFETCH .*"
OPEN = rewrite(rb" NIL$", b' "The first part."', of=FETCHING)
"""A server that lets everybody in."""


@verifies("RFC4467-7-01", refuted_by=rewrite(rb"([0-9a-fA-F]{32})[0-9a-fA-F]+|([0-9a-fA-F]{16})[0-9a-fA-F]{16}", rb"\2", of=rb"GENURLAUTH .*"))  # fmt: skip
def test_genurlauth_gives_the_url_with_its_token(dial: ImapDial) -> None:
    """GENURLAUTH of a message and of a section with INTERNAL: each URL as given, and a token of 32 hexadecimal digits at least."""
    mailbox = _mailbox(dial)
    for rump in (_rump(dial, mailbox), _rump(dial, mailbox, section="1")):
        given = _generated(mailbox.imap, rump)
        assert given[: len(rump)] == rump
        assert re.fullmatch(rb":INTERNAL:[0-9A-F]{32,}", given[len(rump) :], re.IGNORECASE), given


@verifies("RFC4467-7-02", refuted_by=rewrite(rb"second part", b"other part", of=FETCHING))
def test_urlfetch_gives_the_data(dial: ImapDial) -> None:
    """URLFETCH of a message, its text and a part, while another mailbox is selected: OK, and what FETCH BODY gives of them."""
    mailbox = _mailbox(dial)
    wanted = {s: mailbox.fetch(1, f"BODY.PEEK[{s}]").get(b"BODY[%b]" % s.encode()) for s in ("", "TEXT", "2")}
    elsewhere = dial.mailbox()
    for section, octets in wanted.items():
        url = _generated(mailbox.imap, _rump(dial, mailbox, section=section))
        assert _fetched(elsewhere.imap, url) == [octets], section
    assert elsewhere.command("FETCH 1 UID").status != b"", "the connection is lost"


@verifies("RFC4467-7-02", refuted_by=rewrite(rb" NIL$", b' "The first part."', of=FETCHING))
def test_urlfetch_of_an_invalid_url_is_nil(dial: ImapDial) -> None:
    """URLFETCH with one digit of the token changed, and with a token of zeros: NIL, and the command is completed OK."""
    url = _generated((mailbox := _mailbox(dial)).imap, _rump(dial, mailbox))
    last = b"1" if url.endswith(b"0") else b"0"
    head, _, token = url.rpartition(b":")
    assert _fetched(mailbox.imap, url[:-1] + last) == [None]
    assert _fetched(mailbox.imap, head + b":" + b"0" * len(token)) == [None]


@verifies("RFC4467-7-08", refuted_by=rewrite(rb'^(\* URLFETCH )"?imap:\S+ "[^"]*" |^(\* URLFETCH )"?imap:\S+ ', rb"\1\2", of=FETCHING) | forward(rb"URLFETCH \1", of=rb"URLFETCH (\S+) \S+"))  # fmt: skip
def test_each_url_is_answered(dial: ImapDial) -> None:
    """URLFETCH of a section, of an invalid URL and of another section: three pairs, each with what belongs to it."""
    mailbox = _mailbox(dial)
    first, second = (_generated(mailbox.imap, _rump(dial, mailbox, section=s)) for s in ("1", "2"))
    invalid = first[:-32] + b"0" * 32
    told = dict(_pairs(mailbox.command("URLFETCH", quoted(first), quoted(invalid), quoted(second))))
    parts = [mailbox.fetch(1, f"BODY.PEEK[{n}]").get(b"BODY[%d]" % n) for n in (1, 2)]
    assert told == {first: parts[0], invalid: None, second: parts[1]}


@verifies("RFC4467-7-07", refuted_by=rewrite(rb"\bFLAGS \(", rb"FLAGS (\\Seen ", of=rb"FETCH 1 FLAGS", after=1))
def test_urlfetch_sets_no_seen_flag(dial: ImapDial) -> None:
    """URLFETCH of a message and of a section: the message is not Seen, here and in another session."""
    mailbox = _mailbox(dial)
    if b"\\seen" in mailbox.flags(1):
        raise Inconclusive(Reason.PRECONDITION, "the message is Seen from the start")
    for section in ("", "1"):
        _fetched(mailbox.imap, _generated(mailbox.imap, _rump(dial, mailbox, section=section)))
    assert b"\\seen" not in mailbox.flags(1)
    assert b"\\seen" not in mailbox.beside(read_only=True).flags(1)


@verifies("RFC4467-3-01", refuted_by=OPEN)
def test_an_expired_url_is_nil(dial: ImapDial) -> None:
    """URLFETCH of a URL that expires two seconds ahead, by the server's clock: the data at once, NIL once that has passed."""
    mailbox = _mailbox(dial)
    expires = _clock(mailbox) + timedelta(seconds=2)
    url = _generated(mailbox.imap, _rump(dial, mailbox, section="1", expire=f"{expires:%Y-%m-%dT%H:%M:%SZ}"))
    for _ in range(20):
        if _clock(mailbox) > expires:
            break
        mailbox.imap.hear(0.5)
    else:
        raise Inconclusive(Reason.AMBIGUOUS, "the server's clock, as INTERNALDATE shows it, does not go on")
    assert _fetched(mailbox.imap, url) == [None]


@verifies("RFC4467-3-01", refuted_by=rewrite(rb'("?imap:\S+) .*\Z', rb"\1 NIL", of=FETCHING))
def test_a_url_that_has_not_expired_is_given(dial: ImapDial) -> None:
    """URLFETCH of a URL that expires in 2096: the data."""
    mailbox = _mailbox(dial)
    url = _generated(mailbox.imap, _rump(dial, mailbox, section="1", expire="2096-11-21T12:00:00Z"))
    assert _fetched(mailbox.imap, url) == [mailbox.fetch(1, "BODY.PEEK[1]").get(b"BODY[1]")]


@verifies("RFC4467-3-02", refuted_by=OPEN)
def test_a_url_for_one_user_is_nil_for_others(dial: ImapDial) -> None:
    """A URL with user+ and the name of its owner: URLFETCH gives him the data, and the second user NIL."""
    mailbox, other = _mailbox(dial), _second(dial)
    url = _generated(mailbox.imap, _rump(dial, mailbox, access=f"user+{dial.account().user}", section="1"))
    assert _fetched(mailbox.imap, url) == [mailbox.fetch(1, "BODY.PEEK[1]").get(b"BODY[1]")]
    assert _fetched(other, url) == [None]


@verifies("RFC4467-3-02", refuted_by=rewrite(rb'("?imap:\S+) .*\Z', rb"\1 NIL", of=FETCHING))
def test_a_url_for_all_users_is_given_to_another_user(dial: ImapDial) -> None:
    """URLs with authuser, with anonymous, and with user+ and the second user's name: URLFETCH gives the second user the data."""
    mailbox, other = _mailbox(dial), _second(dial)
    octets = mailbox.fetch(1, "BODY.PEEK[1]").get(b"BODY[1]")
    for access in ("authuser", "anonymous", f"user+{dial.account(1).user}"):
        url = _generated(mailbox.imap, _rump(dial, mailbox, access=access, section="1"))
        assert _fetched(other, url) == [octets], access


@verifies("RFC4467-3-03", refuted_by=OPEN)
def test_a_changed_url_is_nil(dial: ImapDial) -> None:
    """The UID, the section or the access of a generated URL changed, its token kept: URLFETCH gives NIL each time."""
    mailbox = _mailbox(dial)
    mailbox.append(MESSAGE)
    mailbox.select()
    url = _generated(mailbox.imap, _rump(dial, mailbox, access="authuser", section="1"))
    first, second = mailbox.uids()[:2]
    changes = [(b"UID=%d" % first, b"UID=%d" % second), (b"SECTION=1", b"SECTION=2"), (b"authuser", b"anonymous")]
    for old, new in [*changes, (b"/;SECTION=1", b"")]:
        assert _fetched(mailbox.imap, url.replace(old, new, 1)) == [None], (old, new)


@verifies("RFC4467-6-01", refuted_by=OPEN)
def test_a_url_is_neither_decoded_nor_folded(dial: ImapDial) -> None:
    """The host in another letter case, a letter of the mailbox as %xx: URLFETCH gives NIL."""
    mailbox = _mailbox(dial)
    url = _generated(mailbox.imap, _rump(dial, mailbox, section="1"))
    host = _host(dial).encode()
    folded = url.replace(b"@" + host, b"@" + (host.upper() if host != host.upper() else host.lower()), 1)
    changed = [u for u in (folded, url.replace(b"mailconform", b"mailconfor%6D", 1)) if u != url]
    for spelling in changed:
        assert _fetched(mailbox.imap, spelling) == [None], spelling


@verifies("RFC4467-7-03", refuted_by=rewrite(rb" (BAD|NO) ", b" OK ", of=rb"GENURLAUTH .*"))
def test_genurlauth_of_a_missing_mailbox_is_bad(dial: ImapDial) -> None:
    """GENURLAUTH of a message in a mailbox that does not exist: BAD."""
    mailbox = _mailbox(dial)
    right = _rump(dial, mailbox)
    _generated(mailbox.imap, right)
    wrong = right.replace(_path(mailbox.name), _path(dial.name("missing")))
    assert mailbox.command("GENURLAUTH", quoted(wrong), "INTERNAL").is_bad


@verifies("RFC4467-7-03", refuted_by=rewrite(rb" (BAD|NO) ", b" OK ", of=rb"GENURLAUTH .*"))
def test_genurlauth_without_access_or_owner_is_bad(dial: ImapDial) -> None:
    """GENURLAUTH of a URL without an access identifier, and of one without an owner: BAD."""
    mailbox = _mailbox(dial)
    right = _rump(dial, mailbox)
    _generated(mailbox.imap, right)
    owner = b"//" + dial.account().user.encode() + b"@"
    for wrong in (right.replace(b";URLAUTH=anonymous", b""), right.replace(owner, b"//")):
        assert mailbox.command("GENURLAUTH", quoted(wrong), "INTERNAL").is_bad, wrong


@verifies("RFC4467-7-03", refuted_by=forward(rb"\1INTERNAL", of=rb"(GENURLAUTH .*)XMAILCONFORM"))
def test_genurlauth_by_an_unknown_mechanism_is_refused(dial: ImapDial) -> None:
    """GENURLAUTH with a mechanism that no server has: BAD (NO is let pass)."""
    mailbox = _mailbox(dial)
    _generated(mailbox.imap, _rump(dial, mailbox))
    assert mailbox.command("GENURLAUTH", quoted(_rump(dial, mailbox)), "XMAILCONFORM").refused


@verifies("RFC4467-7-04", refuted_by=OPEN)
def test_urls_of_no_message_are_nil(dial: ImapDial) -> None:
    """URLFETCH of the URLs of a server, a mailbox and a search: NIL each time."""
    mailbox = _mailbox(dial)
    root = b"imap://%b@%b/" % (dial.account().user.encode(), _host(dial).encode())
    token = b";URLAUTH=anonymous:INTERNAL:" + b"0123456789abcdef" * 2
    for url in (root + token, root + _path(mailbox.name) + token, root + _path(mailbox.name) + b"?SUBJECT%20x" + token):
        answered = mailbox.command("URLFETCH", quoted(url))
        if answered.is_bad:
            raise Inconclusive(Reason.AMBIGUOUS, "BAD: the formal syntax knows URLs of messages alone")
        assert [octets for _, octets in _pairs(answered)] == [None], url


@verifies("RFC4467-7-05", refuted_by=answer(b"<tag> OK done\r\n", of=rb"RESETKEY \S+"))
def test_resetkey_revokes_the_urls_of_its_mailbox(dial: ImapDial) -> None:
    """RESETKEY of one of two mailboxes: its URL is NIL, the other's is not, and a new URL works."""
    mailbox, other = _mailbox(dial), dial.mailbox(MESSAGE)
    url, kept = (_generated(box.imap, _rump(dial, box, section="1")) for box in (mailbox, other))
    mailbox.command("RESETKEY", mailbox.name).ok()
    assert _fetched(mailbox.imap, url) == [None]
    assert _fetched(mailbox.imap, kept) != [None]
    assert _fetched(mailbox.imap, _generated(mailbox.imap, _rump(dial, mailbox, section="1"))) != [None]


@verifies("RFC4467-2.2-01", refuted_by=answer(b"<tag> OK done\r\n", of=rb"RESETKEY \S+"))
def test_another_key_makes_another_token(dial: ImapDial) -> None:
    """GENURLAUTH of one URL before and behind two RESETKEY: three tokens, no two of them equal."""
    mailbox = _mailbox(dial)
    tokens = {_generated(mailbox.imap, _rump(dial, mailbox))}
    for _ in range(2):
        mailbox.command("RESETKEY", mailbox.name).ok()
        tokens.add(_generated(mailbox.imap, _rump(dial, mailbox)))
    assert len(tokens) == 3


@verifies("RFC4467-7-06", refuted_by=answer(b"<tag> OK done\r\n", of=rb"RESETKEY"))
def test_resetkey_alone_revokes_all_urls(dial: ImapDial) -> None:
    """RESETKEY without a mailbox: the URLs of two mailboxes are NIL."""
    boxes = [_mailbox(dial), dial.mailbox(MESSAGE)]
    urls = [_generated(box.imap, _rump(dial, box, section="1")) for box in boxes]
    boxes[0].command("RESETKEY").ok()
    assert [_fetched(boxes[0].imap, url) for url in urls] == [[None], [None]]


def _mailbox(dial: ImapDial) -> Mailbox:
    """A mailbox with one message, to which URLs can be generated; Inconclusive without."""
    mailbox = dial.mailbox(MESSAGE)
    if "url-host" not in dial.target.facilities:
        with dial.dialler.straight():
            if mailbox.command("GENURLAUTH", quoted(_rump(dial, mailbox)), "INTERNAL").status != b"OK":
                raise Inconclusive(Reason.NOT_SET_UP, "needs the host of imap: URLs: add url-host to [facilities]")
    return mailbox


def _second(dial: ImapDial) -> Imap:
    """A session of the second user."""
    if len(dial.target.accounts) < 2:
        raise Inconclusive(Reason.NOT_SET_UP, "needs a second [[account]] in the target file")
    return dial.login(1)


def _host(dial: ImapDial) -> str:
    """The host that URLs of this server carry."""
    return dial.target.facilities.get("url-host") or dial.target.endpoints[0].host


def _path(name: bytes) -> bytes:
    return escape(name, safe="/").encode()


def _rump(dial: ImapDial, mailbox: Mailbox, access: str = "anonymous", section: str = "", expire: str = "") -> bytes:
    """The URL of the mailbox's first message, up to its access identifier (RFC 4467 section 9)."""
    host, user = _host(dial), dial.account().user
    where = f"imap://{user}@{host}/".encode() + _path(mailbox.name)
    what = f"/;SECTION={section}" if section else ""
    return where + f"/;UID={mailbox.uids()[0]}{what}{f';EXPIRE={expire}' if expire else ''};URLAUTH={access}".encode()


def _generated(session: Imap, rump: bytes) -> bytes:
    """The URL with its token; Inconclusive if the server gives none."""
    urls = session.command("GENURLAUTH", quoted(rump), "INTERNAL").ok().data("GENURLAUTH")
    if not urls:
        raise Inconclusive(Reason.PRECONDITION, "there is no GENURLAUTH response")
    return bytes(urls[0])


def _pairs(answered: Answer) -> list[tuple[bytes, bytes | None]]:
    """URL and data of each URLFETCH response; none if it is BAD, Inconclusive if it is NO: a failure inside the server."""
    if answered.is_no:
        raise Inconclusive(Reason.PRECONDITION, f"NO says that the server fails in itself (section 7): {answered!r}")
    return [pair for response in answered.all("URLFETCH") for pair in response.data] if answered.is_ok else []


def _fetched(session: Imap, url: bytes) -> list[bytes | None]:
    """What URLFETCH gives of one URL: one datum, or what came instead."""
    return [octets for _, octets in _pairs(session.command("URLFETCH", quoted(url)))]


def _clock(mailbox: Mailbox) -> datetime:
    """The server's clock, as a message appended now shows it (RFC 3501 section 6.3.11)."""
    mailbox.append()
    mailbox.select()
    told = mailbox.fetch("*", "INTERNALDATE").get(b"INTERNALDATE").decode().strip()
    return datetime.strptime(told, "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
