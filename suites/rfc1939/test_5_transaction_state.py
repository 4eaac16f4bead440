"""RFC 1939 section 5: STAT, NOOP and RSET, and the state that the commands of this section belong to."""

from conformance import Maildrop, Pop3, Pop3Dial, answer, forward, rewrite, say, verifies


@verifies("RFC1939-5-03", refuted_by=forward(b"NOOP", of=rb"DELE \d+"))
def test_stat_leaves_out_messages_marked_deleted(maildrop: Maildrop) -> None:
    """DELE one message: STAT is less by one message and by its octets."""
    pop3 = maildrop.open()
    number = pop3.own[1]
    before = pop3.command("STAT").drop_listing()
    octets = pop3.command("LIST", number).scan_listing().second
    pop3.command("DELE", number).ok()
    after = pop3.command("STAT").drop_listing()
    assert (after.first, after.second) == (before.first - 1, before.second - octets)


@verifies("RFC1939-5-04", refuted_by=rewrite(rb"^\+OK (\d+) (\d+)", rb"+OK \1 1\2", of=rb"STAT"))
def test_stat_gives_the_total_of_what_list_gives(maildrop: Maildrop) -> None:
    """STAT and LIST: equal number of messages, and the sizes add up."""
    pop3 = maildrop.open()
    total = pop3.command("STAT").drop_listing()
    sizes = pop3.command("LIST").ok().scan_listings()
    assert (total.first, total.second) == (len(sizes), sum(sizes.values()))


@verifies("RFC1939-5-05", refuted_by=rewrite(rb"^\+OK 0 0", b"+OK 0 512", of=rb"STAT"))
def test_stat_on_an_empty_maildrop_gives_two_zeros(maildrop: Maildrop) -> None:
    """STAT in a maildrop that holds no message."""
    pop3 = maildrop.empty()
    total = pop3.command("STAT").drop_listing()
    assert (total.first, total.second) == (0, 0)


@verifies("RFC1939-5-05", refuted_by=forward(b"NOOP", of=rb"DELE \d+"))
def test_stat_gives_two_zeros_once_every_message_is_marked(maildrop: Maildrop) -> None:
    """A maildrop of nothing but test mail: DELE each message, STAT."""
    pop3 = _with_nothing_else(maildrop)
    for number in pop3.own:
        pop3.command("DELE", number).ok()
    total = pop3.command("STAT").drop_listing()
    assert (total.first, total.second) == (0, 0)


@verifies("RFC1939-5-26", refuted_by=say(b"+OK\r\n", of=rb"NOOP"))
def test_noop_and_rset_are_refused_before_login(dial: Pop3Dial) -> None:
    """NOOP and RSET, each behind the greeting of its own connection."""
    for line in ("NOOP", "RSET"):
        pop3 = dial.pop3()
        pop3.greeting.ok()
        assert pop3.command(line).negative


@verifies("RFC1939-5-32", refuted_by=say(b"+OK 1 120\r\n", of=rb"LIST \d+"))
def test_list_retr_and_dele_are_refused_before_login(dial: Pop3Dial) -> None:
    """LIST, LIST 1, RETR 1 and DELE 1, each behind the greeting of its own connection."""
    for line in ("LIST", "LIST 1", "RETR 1", "DELE 1"):
        pop3 = dial.pop3()
        pop3.greeting.ok()
        assert pop3.command(line).negative


@verifies("RFC1939-5-25", refuted_by=say(b"-ERR nothing to do\r\n", of=rb"NOOP"))
def test_noop_is_granted(maildrop: Maildrop) -> None:
    """NOOP behind a login."""
    pop3 = maildrop.open()
    assert pop3.command("NOOP").positive


@verifies("RFC1939-5-25", refuted_by=forward(b"RSET", of=rb"NOOP"))
def test_noop_leaves_marks_as_they_are(maildrop: Maildrop) -> None:
    """DELE one message: STAT and LIST say the same before and after NOOP."""
    pop3 = maildrop.open()
    pop3.command("DELE", pop3.own[0]).ok()
    before = pop3.command("STAT").drop_listing(), pop3.command("LIST").ok().scan_listings()
    pop3.command("NOOP").ok()
    assert (pop3.command("STAT").drop_listing(), pop3.command("LIST").ok().scan_listings()) == before


@verifies("RFC1939-5-27", refuted_by=forward(b"NOOP", of=rb"RSET"))
def test_rset_takes_every_mark_back(maildrop: Maildrop) -> None:
    """DELE two messages, RSET: STAT and LIST say what they said before, and both can be retrieved."""
    pop3 = maildrop.open()
    before = pop3.command("STAT").drop_listing(), pop3.command("LIST").ok().scan_listings()
    for number in pop3.own[:2]:
        pop3.command("DELE", number).ok()
    assert pop3.command("RSET").positive
    assert (pop3.command("STAT").drop_listing(), pop3.command("LIST").ok().scan_listings()) == before
    for number in pop3.own[:2]:
        assert pop3.command("RETR", number).positive


@verifies("RFC1939-5-28", refuted_by=answer(b"+OK\r\n", of=rb"RSET"))
def test_a_message_whose_mark_was_taken_back_survives_quit(maildrop: Maildrop) -> None:
    """DELE, RSET, QUIT: the next session finds the message."""
    pop3 = maildrop.open()
    pop3.command("DELE", pop3.own[0]).ok()
    pop3.command("RSET").ok()
    pop3.quit().ok()
    assert maildrop.find().own[0]


@verifies("RFC1939-5-31", refuted_by=say(b"-ERR nothing is marked\r\n", of=rb"RSET"))
def test_rset_without_marks_is_granted(maildrop: Maildrop) -> None:
    """RSET directly behind a login, and STAT before and after it."""
    pop3 = maildrop.open()
    before = pop3.command("STAT").drop_listing()
    assert pop3.command("RSET").positive
    assert pop3.command("STAT").drop_listing() == before


def _with_nothing_else(maildrop: Maildrop) -> Pop3:
    maildrop.empty().quit().ok()
    return maildrop.open()
