"""RFC 5258 sections 3.1 to 3.5 and 4: SUBSCRIBED, REMOTE, RECURSIVEMATCH, CHILDREN, and CHILDINFO."""

from __future__ import annotations

from dataclasses import dataclass

from conformance import (
    ImapDial,
    NotSupported,
    astring,
    drop,
    forward,
    needs,
    quoted,
    repeat,
    rewrite,
    say,
    verifies,
)
from conformance.sessions.imap import Imap

pytestmark = needs("LIST-EXTENDED")
LISTED = rb"\* LIST"
HAS_CHILDREN = b"\\haschildren"
CHILDLESS = {b"\\hasnochildren", b"\\noinferiors"}
UNSELECTABLE = {b"\\noselect", b"\\nonexistent"}


@dataclass(frozen=True)
class Tree:
    """A mailbox with two inferiors, and one beside it whose name begins likewise."""

    session: Imap
    root: bytes
    first: bytes
    second: bytes
    beside: bytes

    @property
    def names(self) -> set[bytes]:
        return {self.root, self.first, self.second, self.beside}

    @property
    def everything(self) -> bytes:
        return quoted(self.root + b"*")

    @property
    def top(self) -> bytes:
        return quoted(self.root + b"%")

    def subscribe(self, *names: bytes) -> None:
        for name in names:
            self.session.command("SUBSCRIBE", astring(name)).ok()


def _tree(dial: ImapDial) -> Tree:
    session, root = dial.login(), dial.name("root")
    tree = Tree(session, root, dial.child(root, "first"), dial.child(root, "second"), root + b"-beside")
    for name in (tree.root, tree.first, tree.second, tree.beside):
        session.command("CREATE", astring(name)).ok()
    return tree


def _flags(attributes: tuple[bytes, ...]) -> frozenset[bytes]:
    return frozenset(attribute.lower() for attribute in attributes)


@verifies("RFC5258-3.1-01", refuted_by=forward(rb"LIST\1", of=rb"LIST \(SUBSCRIBED\)(.*)"))
def test_subscribed_names_and_no_others_are_selected(dial: ImapDial) -> None:
    """Subscribe to one of two inferiors and to the mailbox beside, LIST (SUBSCRIBED) below all: exactly these."""
    tree = _tree(dial)
    tree.subscribe(tree.first, tree.beside)
    assert set(tree.session.command('LIST (SUBSCRIBED) ""', tree.everything).ok().listed) == {tree.first, tree.beside}


@verifies("RFC5258-3.1-01", refuted_by=drop(of=rb"LIST \(SUBSCRIBED\).*", when=rb"\* LIST .*second"))
def test_a_subscribed_name_is_selected_though_it_does_not_exist(dial: ImapDial) -> None:
    """Subscribe to an inferior and delete it: LIST (SUBSCRIBED) has it as long as LSUB has."""
    tree = _tree(dial)
    tree.subscribe(tree.first, tree.second)
    tree.session.command("DELETE", astring(tree.second)).ok()
    subscribed = set(tree.session.command('LSUB ""', tree.everything).ok().subscribed)
    if tree.second not in subscribed:
        raise NotSupported("a subscription ends when its mailbox is deleted, so nothing that is missing can be listed")
    assert tree.second in tree.session.command('LIST (SUBSCRIBED) ""', tree.everything).ok().listed


@verifies("RFC5258-3.1-01", refuted_by=forward(rb"NOOP", of=rb"UNSUBSCRIBE .*"))
def test_a_name_is_no_longer_selected_once_its_subscription_ends(dial: ImapDial) -> None:
    """Subscribe to two mailboxes, unsubscribe from one: LIST (SUBSCRIBED) has the other alone."""
    tree = _tree(dial)
    tree.subscribe(tree.root, tree.first)
    tree.session.command("UNSUBSCRIBE", astring(tree.root)).ok()
    assert set(tree.session.command('LIST (SUBSCRIBED) ""', tree.everything).ok().listed) == {tree.first}


@verifies("RFC5258-3.1-02", refuted_by=rewrite(rb"\\Subscribed", rb"\\Marked", of=rb"LIST .*", when=LISTED))
def test_the_selected_names_are_said_to_be_subscribed(dial: ImapDial) -> None:
    r"""LIST (SUBSCRIBED) of two subscribed mailboxes: \Subscribed with each, without any return option."""
    tree = _tree(dial)
    tree.subscribe(tree.root, tree.first)
    listed = tree.session.command('LIST (SUBSCRIBED) ""', tree.everything).ok().listed
    assert all(b"\\subscribed" in _flags(listed[name].attributes) for name in (tree.root, tree.first) if name in listed)


@verifies("RFC5258-3.1-03", refuted_by=say(b"<tag> BAD unknown option\r\n", of=rb"LIST \(REMOTE.*"))
def test_remote_mailboxes_may_be_asked_for(dial: ImapDial) -> None:
    """LIST (REMOTE), alone and with SUBSCRIBED: OK, and the local names that LIST brings without it."""
    tree = _tree(dial)
    tree.subscribe(tree.first)
    answer = tree.session.command('LIST (REMOTE) ""', tree.everything)
    assert answer.is_ok
    assert tree.names <= set(answer.listed)
    both = tree.session.command('LIST (REMOTE SUBSCRIBED) ""', tree.everything)
    assert both.is_ok
    assert set(both.listed) == {tree.first}


@verifies("RFC5258-3.1-04", refuted_by=say(b"<tag> OK done\r\n", of=rb"LIST \((REMOTE )?RECURSIVEMATCH.*"))
def test_recursivematch_without_a_condition_is_answered_bad(dial: ImapDial) -> None:
    """LIST (RECURSIVEMATCH), and with REMOTE in either order: BAD."""
    session = dial.login()
    for options in ("RECURSIVEMATCH", "REMOTE RECURSIVEMATCH", "RECURSIVEMATCH REMOTE"):
        answer = session.command(f'LIST ({options}) "" "INBOX"')
        session.must_be_alive()
        assert answer.is_bad


@verifies("RFC5258-3.1-05", refuted_by=forward(rb"LIST (SUBSCRIBED)\1", of=rb"LIST \(SUBSCRIBED RECURSIVEMATCH\)(.*)"))
def test_a_superior_of_subscribed_names_outside_the_pattern_has_childinfo(dial: ImapDial) -> None:
    r"""Subscribe to an inferior, LIST (SUBSCRIBED RECURSIVEMATCH) of the top: CHILDINFO SUBSCRIBED, no \Subscribed."""
    tree = _tree(dial)
    tree.subscribe(tree.first)
    listed = tree.session.command('LIST (SUBSCRIBED RECURSIVEMATCH) ""', tree.top).ok().listed
    assert set(listed) == {tree.root}
    told = dict(listed[tree.root].extended).get(b"CHILDINFO") or ()
    assert b"SUBSCRIBED" in [option.upper() for option in told]
    assert b"\\subscribed" not in _flags(listed[tree.root].attributes)


@verifies("RFC5258-3.1-05", refuted_by=rewrite(rb' \("?CHILDINFO.*', b"", of=rb"LIST .*", when=LISTED))
def test_a_subscribed_superior_has_childinfo_too(dial: ImapDial) -> None:
    r"""Subscribe to a mailbox and its inferior, LIST (SUBSCRIBED RECURSIVEMATCH) of the top: \Subscribed and CHILDINFO."""
    tree = _tree(dial)
    tree.subscribe(tree.root, tree.first, tree.beside)
    listed = tree.session.command('LIST (SUBSCRIBED RECURSIVEMATCH) ""', tree.top).ok().listed
    assert set(listed) == {tree.root, tree.beside}
    assert all(b"\\subscribed" in _flags(entry.attributes) for entry in listed.values())
    assert [name for name, entry in listed.items() if b"CHILDINFO" in dict(entry.extended)] == [tree.root]


@verifies("RFC5258-3.2-01", refuted_by=rewrite(rb"\\Subscribed", rb"\\Marked", of=rb"LIST .*", when=LISTED))
def test_the_subscription_state_is_returned_for_each_name(dial: ImapDial) -> None:
    r"""Subscribe to two of four mailboxes, LIST with RETURN (SUBSCRIBED): all four, \Subscribed with the two."""
    tree = _tree(dial)
    tree.subscribe(tree.first, tree.beside)
    listed = tree.session.command('LIST ""', tree.everything, "RETURN (SUBSCRIBED)").ok().listed
    assert set(listed) == tree.names
    marked = {name for name, entry in listed.items() if b"\\subscribed" in _flags(entry.attributes)}
    assert marked == {tree.first, tree.beside}


@verifies("RFC5258-3.2-02", refuted_by=rewrite(rb"\\HasChildren", rb"\\HasNoChildren", of=rb"LIST .*", when=LISTED))
def test_it_is_returned_which_names_have_children(dial: ImapDial) -> None:
    r"""LIST of a mailbox with two inferiors and one beside, RETURN (CHILDREN): \HasChildren with the first alone."""
    tree = _tree(dial)
    listed = tree.session.command('LIST ""', tree.everything, "RETURN (CHILDREN)").ok().listed
    assert set(listed) == tree.names
    for name, entry in listed.items():
        has, none = HAS_CHILDREN in _flags(entry.attributes), bool(CHILDLESS & _flags(entry.attributes))
        assert has != none
        assert has == (name == tree.root)


@verifies("RFC5258-3.2-02", refuted_by=rewrite(rb"\\HasNoChildren", rb"\\HasChildren", of=rb"LIST .*", when=LISTED))
def test_a_name_has_no_children_once_they_are_deleted(dial: ImapDial) -> None:
    r"""Delete the inferiors of a mailbox, LIST of the top, RETURN (CHILDREN): \HasNoChildren, or \Noinferiors."""
    tree = _tree(dial)
    for name in (tree.first, tree.second):
        tree.session.command("DELETE", astring(name)).ok()
    listed = tree.session.command('LIST ""', tree.top, "RETURN (CHILDREN)").ok().listed
    assert set(listed) == {tree.root, tree.beside}
    for entry in listed.values():
        assert CHILDLESS & _flags(entry.attributes)
        assert HAS_CHILDREN not in _flags(entry.attributes)


@verifies("RFC5258-3.3-01", refuted_by=repeat(of=rb"LIST .*", when=LISTED))
def test_a_name_has_one_response_with_all_its_attributes(dial: ImapDial) -> None:
    """LIST by SUBSCRIBED, and with both return options, of a tree with one subscription: each name once."""
    tree = _tree(dial)
    tree.subscribe(tree.first)
    for words in (("LIST (SUBSCRIBED)", ""), ("LIST", "RETURN (SUBSCRIBED CHILDREN)")):
        command = (words[0], '""', tree.everything, *words[1:]) if words[1] else (words[0], '""', tree.everything)
        names = [response.data.name for response in tree.session.command(*command).ok().all("LIST")]
        assert len(names) == len(set(names))


@verifies("RFC5258-3.5-02", refuted_by=forward(rb"LIST\1", of=rb"LIST \(SUBSCRIBED\)(.*)"))
def test_a_superior_of_a_subscribed_name_is_not_selected_for_it(dial: ImapDial) -> None:
    r"""Subscribe to an inferior, LIST (SUBSCRIBED) of the top: nothing, with \Noselect or without."""
    tree = _tree(dial)
    tree.subscribe(tree.first)
    assert not tree.session.command('LIST (SUBSCRIBED) ""', tree.top).ok().listed


@verifies(
    "RFC5258-3.5-03",
    refuted_by=forward(rb'LIST (SUBSCRIBED RECURSIVEMATCH)\1%"', of=rb'LIST \(SUBSCRIBED RECURSIVEMATCH\)(.*)\*"'),
)
def test_a_superior_is_left_out_where_its_subscribed_inferiors_are_listed(dial: ImapDial) -> None:
    """Subscribe to an inferior, LIST (SUBSCRIBED RECURSIVEMATCH) of the whole tree: the inferior alone."""
    tree = _tree(dial)
    tree.subscribe(tree.first)
    assert set(tree.session.command('LIST (SUBSCRIBED RECURSIVEMATCH) ""', tree.everything).ok().listed) == {tree.first}


@verifies("RFC5258-3.5-04", refuted_by=rewrite(rb"\\HasChildren", rb"\\HasNoChildren", of=rb"LIST .*", when=LISTED))
def test_a_missing_superior_is_said_to_be_nonexistent_and_to_have_children(dial: ImapDial) -> None:
    r"""Create a/b without a, LIST of the top: a, if it cannot be selected, has \NonExistent (or \Noselect) \HasChildren."""
    session, root = dial.login(), dial.name("root")
    session.command("CREATE", astring(dial.child(root))).ok()
    listed = session.command('LIST ""', quoted(root + b"%"), "RETURN (CHILDREN)").ok().listed
    if root not in listed or session.command("STATUS", astring(root), "(MESSAGES)").status == b"OK":
        raise NotSupported("a superior name is created along with its inferior, or not listed")
    assert UNSELECTABLE & _flags(listed[root].attributes)
    assert HAS_CHILDREN in _flags(listed[root].attributes)
