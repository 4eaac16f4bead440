"""RFC 7489 sections 6.3, 6.6 and 6.7: how a policy is found, which records are one, and what is done by it."""

from __future__ import annotations

import pytest

from conformance import DmarcDial, NotSupported, Opinion, alter, authored, misjudge, verifies
from conformance.dial_dmarc import MONITORED, NEWS, ORG
from conformance.wire import rfc5322, rfc8601

REFUSED = b"550 5.7.1 Refused by DMARC policy\r\n"
UNJUDGED = ("none", "permerror")
"""The results of a message to which no policy applies, or whose record is broken (section 11.2)."""


def refused(said: Opinion) -> bool:
    """Whether a message that fails was refused in SMTP."""
    if said.result != "fail":
        raise NotSupported(f"the result is {said.result}, where a failure was meant")
    return said.raw.startswith(b"5")


@verifies("RFC7489-6.1-01", refuted_by=misjudge("none"))
@pytest.mark.parametrize("octets", [1, 7, 20])
def test_the_strings_of_a_record_are_joined(dmarc: DmarcDial, octets: int) -> None:
    """The record consists of strings of so many octets: it applies."""
    assert dmarc.verdict(*authored(MONITORED, strings=octets)).result == "fail"


@verifies("RFC7489-6.3-01", "RFC7489-6.6.3-02", refuted_by=misjudge("fail"))
@pytest.mark.parametrize(
    "record",
    ["v=DMARC2; p=none", "v=dmarc1; p=none", "p=none; v=DMARC1", "p=none", "v=DMARC1.0; p=none", "v=DMARC; p=none"],
)
def test_a_record_begins_with_its_very_version(dmarc: DmarcDial, record: str) -> None:
    """The version is missing, stands behind, or is another one: the record does not apply."""
    assert dmarc.verdict(*authored({ORG: record})).result in UNJUDGED


@verifies("RFC7489-6.3-02", refuted_by=misjudge("none"))
@pytest.mark.parametrize("more", ["x=y", "unknown=a b", "np=none"])
def test_tags_that_are_unknown_are_ignored(dmarc: DmarcDial, more: str) -> None:
    """The record has a tag that nobody knows: it applies."""
    assert dmarc.verdict(*authored({ORG: f"v=DMARC1; p=none; {more}"})).result == "fail"


@verifies("RFC7489-6.3-03", refuted_by=misjudge("none"))
@pytest.mark.parametrize("form", ["v=DMARC1;p=none", "v=DMARC1 ; p = none ;", "v=DMARC1; p=NONE"])
def test_a_record_is_as_the_grammar_says(dmarc: DmarcDial, form: str) -> None:
    """The record has no white space, or some around its signs, or a policy in capitals: it applies."""
    assert dmarc.verdict(*authored({ORG: form})).result == "fail"


@verifies("RFC7489-6.3-04", refuted_by=misjudge("none"))
@pytest.mark.parametrize("broken", ["adkim=x", "pct=many", "ri=soon", "rua=nonsense"])
def test_a_tag_with_an_error_spoils_nothing_else(dmarc: DmarcDial, broken: str) -> None:
    """A tag behind p= has a value that it cannot have: the record applies."""
    assert dmarc.verdict(*authored({ORG: f"v=DMARC1; p=none; {broken}"})).result == "fail"


@verifies("RFC7489-6.6.3-01", refuted_by=misjudge("none"))
def test_the_record_of_the_author_s_domain_is_found(dmarc: DmarcDial) -> None:
    """The record stands at a domain below the organizational one, from which the author is: it applies."""
    assert dmarc.verdict(*authored({NEWS: "v=DMARC1; p=none"}, author=NEWS)).result == "fail"


@verifies("RFC7489-6.6.3-03", refuted_by=misjudge("none"))
@pytest.mark.parametrize("author", [NEWS, f"a.b.c.{ORG}"])
def test_the_record_of_the_organizational_domain_is_found(dmarc: DmarcDial, author: str) -> None:
    """The record stands at the organizational domain alone, and the author is below it: it applies."""
    assert dmarc.verdict(*authored(MONITORED, author=author)).result == "fail"


@verifies("RFC7489-6.6.3-03", "RFC7489-6.6.3-06", refuted_by=misjudge("none"))
@pytest.mark.parametrize("place", ["above", "beside"])
def test_a_text_that_is_no_record_hides_none(dmarc: DmarcDial, place: str) -> None:
    """Texts of another kind stand at the author's domain, or beside the record: the record that is there applies."""
    record, others = MONITORED[ORG], "v=spf1 -all"
    policies = {ORG: record, NEWS: others} if place == "above" else {ORG: (others, record, "anything")}
    assert dmarc.verdict(*authored(policies, author=NEWS)).result == "fail"


@verifies("RFC7489-6.6.3-04", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("records", [(), ("v=DMARC1; p=none", "v=DMARC1; p=reject")], ids=["none", "two"])
def test_without_one_record_nothing_applies(dmarc: DmarcDial, records: tuple[str, ...]) -> None:
    """There is no record, or there are two: the message does not fail."""
    assert dmarc.verdict(*authored({ORG: records} if records else {})).result in UNJUDGED


@verifies("RFC7489-6.6.3-05", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("record", ["v=DMARC1", "v=DMARC1; p=nonsense", "v=DMARC1; p=none; sp=nonsense"])
def test_a_record_without_a_policy_does_not_apply(dmarc: DmarcDial, record: str) -> None:
    """The record has no p=, or one that is none, or such an sp=, and no address for reports: it does not apply."""
    assert dmarc.verdict(*authored({ORG: record})).result in UNJUDGED


@verifies("RFC7489-6.3-05", refuted_by=alter(rb"\A550.*", b""))
@pytest.mark.parametrize("author", [ORG, NEWS])
def test_what_a_domain_wants_rejected_is_refused_in_smtp(dmarc: DmarcDial, author: str) -> None:
    """With p=reject, and no sp=, a message of the domain or one below that fails is refused."""
    assert refused(dmarc.verdict(*authored({ORG: "v=DMARC1; p=reject"}, author=author)))


@verifies("RFC7489-6.3-06", refuted_by=alter(rb"\A.*", REFUSED))
def test_the_policy_of_subdomains_is_theirs(dmarc: DmarcDial) -> None:
    """With p=reject and sp=none a message of a subdomain that fails is taken."""
    assert not refused(dmarc.verdict(*authored({ORG: "v=DMARC1; p=reject; sp=none"}, author=NEWS)))


@verifies("RFC7489-6.3-07", refuted_by=alter(rb"\A.*", REFUSED))
def test_the_policy_of_subdomains_is_not_the_domain_s(dmarc: DmarcDial) -> None:
    """With p=none and sp=reject a message of the domain itself that fails is taken."""
    assert not refused(dmarc.verdict(*authored({ORG: "v=DMARC1; p=none; sp=reject"})))


@verifies("RFC7489-6.3-08", refuted_by=alter(rb"\A550.*", b""))
def test_the_policy_of_subdomains_is_enacted(dmarc: DmarcDial) -> None:
    """With p=none and sp=reject a message of a subdomain that fails is refused."""
    assert refused(dmarc.verdict(*authored({ORG: "v=DMARC1; p=none; sp=reject"}, author=NEWS)))


@verifies("RFC7489-6.6.4-01", refuted_by=alter(rb"\A.*", REFUSED))
def test_of_no_percent_nothing_is_refused(dmarc: DmarcDial) -> None:
    """With p=reject and pct=0 three messages that fail are taken."""
    for _ in range(3):
        assert not refused(dmarc.verdict(*authored({ORG: "v=DMARC1; p=reject; pct=0"})))


@verifies("RFC7489-6.7-01", refuted_by=alter(rb"\A.*", REFUSED))
def test_a_domain_that_only_looks_on_has_its_mail_taken(dmarc: DmarcDial) -> None:
    """With p=none a message that fails is taken."""
    assert not refused(dmarc.verdict(*authored(MONITORED)))


@verifies("RFC7489-6.7-02", refuted_by=alter(rb"\AAuthentication-Results", b"X-Results"))
@pytest.mark.parametrize("policy", ["none", "quarantine"])
def test_mail_that_fails_is_delivered_with_the_result(dmarc: DmarcDial, policy: str) -> None:
    """A message that fails, and is taken, has dmarc=fail in an Authentication-Results field."""
    said = dmarc.verdict(*authored({ORG: f"v=DMARC1; p={policy}"}))
    if refused(said):
        raise NotSupported("the message is refused")
    assert rfc5322.name_of(said.raw) == b"authentication-results"


@verifies("RFC7489-6.6.2-03", refuted_by=alter(rb"header\.from=\S+", b"header.from=another.example"))
@pytest.mark.parametrize("author", [ORG, NEWS])
def test_the_result_names_the_author_s_domain(dmarc: DmarcDial, author: str) -> None:
    """The result has the domain in From as header.from."""
    said = dmarc.verdict(*authored(MONITORED, author=author))
    if not said.message:
        raise NotSupported("no message is seen")
    fields = [rfc8601.read(field).value for field in rfc5322.fields_of(said.raw)]
    assert {info.value("header", "from") for field in fields for info in field.of("dmarc")} == {author.encode()}
