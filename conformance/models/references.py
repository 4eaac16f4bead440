"""The REFERENCES algorithm, its six steps in order (RFC 5256 section 3).

Nodes are messages and dummies, linked as parent and child. Invariant: no link makes a circle, and a child always stands
among its parent's children. Step 5 changes the list that it walks over, as the RFC describes it: it walks over a copy.
Where dummies lie below dummies, step 3 prunes the lower ones first.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from conformance.models.base_subjects import BaseSubject, base_subject
from conformance.models.collations import casemap
from conformance.models.contents import Message, unfolded

_MSG_ID = re.compile(rb'<\s*(?:"((?:[^"\\\r\n]|\\.)*)"|([^\s<>@"]+))@([^\s<>@]+)\s*>')


@dataclass(eq=False, slots=True)
class Node:
    """A message, or a dummy if `message` is None."""

    message: Message | None = None
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)

    def is_in(self, ancestor: Node) -> bool:
        """Whether this node is `ancestor` or a descendent of it."""
        node: Node | None = self
        while node is not None and node is not ancestor:
            node = node.parent
        return node is ancestor

    def adopt(self, child: Node) -> None:
        """Make a node the last child of this one, taking it from its parent."""
        if child.parent is not None:
            child.parent.children.remove(child)
        child.parent = self
        self.children.append(child)

    @property
    def head(self) -> Message | None:
        """The message itself, or the one at the first child of a dummy."""
        return self.message if self.message or not self.children else self.children[0].head


def message_ids(value: bytes) -> list[bytes]:
    """Return the valid msg-ids of a field's value, without brackets and with unneeded quoting taken off."""
    found = _MSG_ID.finditer(unfolded(value))
    return [re.sub(rb"\\(.)", rb"\1", each[1] if each[1] is not None else each[2]) + b"@" + each[3] for each in found]


def ancestry(message: Message) -> list[bytes]:
    """Return the references of a message: those of References:, else the first valid one of In-Reply-To:."""
    references = message_ids(b" ".join(message.fields(b"References")))
    return references or message_ids(b" ".join(message.fields(b"In-Reply-To")))[:1]


def threaded(messages: Iterable[Message], sent: Mapping[int, dt.datetime]) -> list[Node]:
    """Return the threads of messages as REFERENCES makes them, siblings in order; `sent` are sent dates by number."""
    root = _linked(list(messages))
    root = _pruned(root, top=True)
    _sort_top(root, sent)
    root = _gathered(root)
    _sort_all(root, sent)
    return root


def _linked(messages: list[Message]) -> list[Node]:
    """Steps 1 and 2: link messages by their references, and return those without a parent."""
    named: dict[bytes, Node] = {}
    nodes = [_named_node(message, named) for message in messages]
    for node, message in zip(nodes, messages, strict=True):
        chain = [named.setdefault(each, Node()) for each in ancestry(message)]
        for parent, child in itertools.pairwise(chain):
            if child.parent is None and not parent.is_in(child):
                parent.adopt(child)
        _link_to_last(node, chain)
    every = dict.fromkeys([*nodes, *named.values()])
    return [node for node in every if node.parent is None]


def _named_node(message: Message, named: dict[bytes, Node]) -> Node:
    """Make a message's node; it goes by its Message-ID if it is the first that has it."""
    node = Node(message)
    for each in message_ids(b" ".join(message.fields(b"Message-ID")))[:1]:
        named.setdefault(each, node)
    return node


def _link_to_last(node: Node, chain: list[Node]) -> None:
    if node.parent is not None:
        node.parent.children.remove(node)
        node.parent = None
    if chain and not chain[-1].is_in(node):
        chain[-1].adopt(node)


def _pruned(nodes: list[Node], *, top: bool = False) -> list[Node]:
    """Step 3: take out dummies; their children move up, several of them not to the top."""
    kept: list[Node] = []
    for node in nodes:
        node.children = _pruned(node.children)
        for child in node.children:
            child.parent = node
        if node.message is None and (len(node.children) < 2 or not top):
            kept += node.children
        else:
            kept.append(node)
    return kept


def _by_date(nodes: list[Node], sent: Mapping[int, dt.datetime]) -> None:
    def key(node: Node) -> tuple[dt.datetime, int]:
        head = node.head
        return (sent[head.number], head.number) if head else (dt.datetime.max.replace(tzinfo=dt.UTC), 0)

    nodes.sort(key=key)


def _sort_top(root: list[Node], sent: Mapping[int, dt.datetime]) -> None:
    """Step 4: sort the top level; the children of dummies first, since the first one stands for the dummy."""
    for node in root:
        if node.message is None:
            _by_date(node.children, sent)
    _by_date(root, sent)


def _thread_subject(node: Node) -> BaseSubject:
    head = node.head
    return base_subject(next(iter(head.fields(b"Subject")), b"")) if head else BaseSubject("")


def _gathered(root: list[Node]) -> list[Node]:
    """Step 5: bring threads with the same subject together."""
    table = _subject_table(root)
    gathered = list(root)
    for node in root:
        subject = _thread_subject(node)
        held = table.get(casemap(subject.text)) if subject.text else None
        if held is not None and held is not node:
            merged = _merged(held, node)
            gathered.remove(node)
            if merged is not held:
                gathered[gathered.index(held)] = merged
                table[casemap(subject.text)] = merged
    return gathered


def _subject_table(root: list[Node]) -> dict[bytes, Node]:
    table: dict[bytes, Node] = {}
    for node in root:
        subject = _thread_subject(node)
        key = casemap(subject.text)
        held = table.setdefault(key, node) if subject.text else node
        if held.message is not None and held is not node:
            newly = node.message is None or (_thread_subject(held).replied and not subject.replied)
            table[key] = node if newly else held
    return table


def _merged(held: Node, node: Node) -> Node:
    """Merge a thread with the one in the subject table; return what the table holds from now on."""
    if held.message is None and node.message is None:
        for child in list(node.children):
            held.adopt(child)
    elif held.message is None or (_thread_subject(node).replied and not _thread_subject(held).replied):
        held.adopt(node)
    else:
        dummy = Node()
        dummy.adopt(held)
        dummy.adopt(node)
        return dummy
    return held


def _sort_all(nodes: list[Node], sent: Mapping[int, dt.datetime]) -> None:
    """Step 6: sort each set of siblings, those farthest from the top first."""
    for node in nodes:
        _sort_all(node.children, sent)
    _by_date(nodes, sent)
