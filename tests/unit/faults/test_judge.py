"""Each promise, and the scene that breaks it."""

from dataclasses import replace

import pytest

from faultkit.ends import Ended
from faultkit.judge import judge
from faultkit.scene import Copy, Scene, plain

from .scenes import COPY, FAILED, OFF, before, scene, succeeded

PAUSED = replace(COPY, state="paused")
TRANSIENT = Copy("running", persistent=False, autostart=False, definition="", max_downtime="300")


def test_a_guest_that_moved_as_it_was_breaks_nothing() -> None:
    assert judge(before(), succeeded(), scene(host2=COPY, jobs=1)) == []


def test_a_guest_that_stayed_as_it_was_breaks_nothing() -> None:
    assert judge(before(), FAILED, scene(host1=COPY)) == []


@pytest.mark.parametrize(
    ("ended", "seen", "finding"),
    [
        (succeeded(), scene(host1=COPY, host2=COPY, jobs=1), "it is active on host1 and host2"),
        (succeeded(), scene(host1=COPY, jobs=1), "Succeeded, but it is on host1, not on host2"),
        (FAILED, scene(host2=COPY), "Failed, but it is on host2, not on host1"),
        (FAILED, scene(host1=OFF), "it runs nowhere, though no fault ended it (Failed)"),
        (succeeded(), scene(host1=OFF, host2=COPY, jobs=1), "host1 still has it (shut off)"),
        (FAILED, scene(host1=COPY, host2=OFF), "host2 still has it (shut off)"),
        (FAILED, scene(host1=COPY, qemus=(1, 1)), "1 QEMUs of it on host2, where libvirt knows 0"),
        (FAILED, scene(), "host1 has no definition of it any more"),
        (FAILED, scene(host1=TRANSIENT), "it was persistent and is transient"),
        (FAILED, scene(host1=replace(COPY, autostart=False)), "autostart was True and is False"),
        (FAILED, scene(host1=replace(COPY, definition="<domain><x/></domain>")), "is not what it was before"),
        (FAILED, scene(host1=PAUSED), "it should be running and is paused"),
        (FAILED, scene(host1=replace(COPY, max_downtime="30")), "max downtime was 300 and is 30"),
        (FAILED, scene(host1=COPY, marked=("u on host2",)), "left behind: a mark of Godwit's on domain u"),
        (FAILED, scene(host1=COPY, pools=("p",)), "left behind: pool p on host1"),
        (FAILED, scene(host1=COPY, left=("the file /s/.godwit-x",)), "left behind: the file /s/.godwit-x"),
        (succeeded(), scene(host2=COPY, jobs=2), "2 jobs of libvirt in 1 attempts"),
        (succeeded(), scene(host2=COPY), "Succeeded, and libvirt never began a job"),
    ],
)
def test_what_breaks_a_promise_is_told(ended: Ended, seen: Scene, finding: str) -> None:
    assert any(finding in found for found in judge(before(), ended, seen))


def test_a_guest_that_its_user_had_paused_must_stay_paused() -> None:
    assert judge(before(PAUSED), FAILED, scene(host1=PAUSED)) == []
    assert judge(before(PAUSED), FAILED, scene(host1=COPY))


def test_a_guest_that_its_user_paused_meanwhile_may_stand_either_way() -> None:
    for copy in (COPY, PAUSED):
        assert judge(before(), succeeded(user_paused=True), scene(host2=copy, jobs=1)) == []


def test_a_guest_that_a_fault_ended_may_be_off_but_its_definition_stays() -> None:
    ended = replace(FAILED, may_be_gone=True)
    assert judge(before(), ended, scene(host1=OFF)) == []
    assert judge(before(), ended, scene()) == ["host1 has no definition of it any more"]


def test_a_transient_guest_that_a_fault_ended_leaves_nothing() -> None:
    assert judge(before(TRANSIENT), replace(FAILED, may_be_gone=True), scene()) == []


def test_a_transient_guest_that_no_fault_ended_is_missed() -> None:
    assert judge(before(TRANSIENT), FAILED, scene())


def test_a_definition_is_compared_without_metadata_and_blanks() -> None:
    bare = "<domain><name>g</name></domain>"
    marked = "<domain>\n  <name>g</name>\n  <metadata><m xmlns='https://x'>1</m></metadata>\n</domain>"
    assert plain(marked) == plain(bare)
    assert plain(marked) != plain(bare.replace("g<", "h<"))


def test_controllers_in_another_order_are_the_same_definition_and_another_controller_is_not() -> None:
    first, second = "<controller type='pci' index='0'/>", "<controller type='ide' index='0'/>"
    whole = "<domain><devices>{}<disk/></devices></domain>"
    assert plain(whole.format(first + second)) == plain(whole.format(second + first))
    assert plain(whole.format(first + second)) != plain(whole.format(first))
