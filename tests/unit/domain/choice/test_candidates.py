import pytest
from msgspec.structs import replace

from godwit.domain.choice.candidates import candidates, unmatched
from godwit.domain.choice.table import Dismissed, Standing
from godwit.domain.host import HostNode, Hypervisor, HypervisorStatus

from ..builders import NOON, host


def labelled(name: str, **labels: str) -> Hypervisor:
    return replace(host(name), node=HostNode(labels))


A = labelled("host1", zone="a")
B = labelled("host2", zone="b", disk="ssd")
C = labelled("host3", zone="b", disk="hdd")
ALL = (A, B, C)
IN_B = {"zone": "b"}


def test_every_host_but_the_source_is_a_candidate() -> None:
    found = candidates(ALL, "host1", {})
    assert found.candidates == (B, C)
    assert found.others == ()


def test_a_selector_leaves_the_hosts_that_have_all_its_labels() -> None:
    found = candidates(ALL, "host1", {**IN_B, "disk": "ssd"})
    assert found.candidates == (B,)
    [other] = found.others
    assert (other.hypervisor, other.standing) == ("host3", Standing.NOT_SELECTED)
    assert "disk=ssd" in other.why
    assert "zone" not in other.why


def test_a_host_without_a_node_has_no_labels() -> None:
    found = candidates((A, replace(B, node=None)), "host1", IN_B)
    assert found.candidates == ()
    assert candidates((A, replace(B, node=None)), "host1", {}).candidates != ()


@pytest.mark.parametrize(
    ("spoilt", "words"),
    [
        (replace(B, ready=False), "does not renew its Lease"),
        (replace(B, status=HypervisorStatus()), "has not told anything yet"),
    ],
)
def test_a_host_that_does_not_answer_is_none_and_says_why(spoilt: Hypervisor, words: str) -> None:
    [other] = candidates((A, spoilt), "host1", {}).others
    assert other.standing is Standing.NOT_READY
    assert words in other.why


def test_a_host_that_owes_or_was_given_up_is_none() -> None:
    gone = (Dismissed("host2", "t", "its disk is full", NOON, failed=("Space",)),)
    found = candidates(ALL, "host1", {}, gone, {"host3": "it owes the clean-up of x"})
    assert found.candidates == ()
    assert [(row.hypervisor, row.standing, row.why, row.failed) for row in found.others] == [
        ("host2", Standing.REFUSED, "its disk is full", ("Space",)),
        ("host3", Standing.REFUSED, "it owes the clean-up of x", ()),
    ]


def test_the_nearest_come_first_among_those_that_are_none() -> None:
    hosts = (A, labelled("x", zone="a"), replace(B, ready=False))
    found = candidates(hosts, "host1", IN_B)
    assert [row.standing for row in found.others] == [Standing.NOT_READY, Standing.NOT_SELECTED]


@pytest.mark.parametrize(
    ("selector", "words"),
    [
        ({"zone": "a"}, "matches host1 alone, where the VM is"),
        ({"zome": "b"}, "no hypervisor's Node has a label zome"),
        ({"zone": "c"}, "label zone is never c, but a or b"),
        ({"zone": "a", "disk": "ssd"}, "no hypervisor's Node has all of them"),
    ],
)
def test_a_selector_that_leaves_no_host_is_told_with_what_is_wrong(
    selector: dict[str, str], words: str
) -> None:
    assert words in unmatched(selector, ALL, "host1")


def test_a_selector_that_leaves_one_is_in_order() -> None:
    assert unmatched(IN_B, ALL, "host1") == ""
