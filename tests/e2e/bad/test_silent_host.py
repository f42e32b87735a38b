"""A host whose agent says nothing holds nobody up: what waits names it, and what had begun ends in time.

An agent counts as gone when its Lease is 40 s old, so all of these tests share one silence. It begins in the
middle of a migration, whose destination takes its order and never answers.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from ..lab import wait_until
from .scene import Scene, Told

pytestmark = pytest.mark.e2e

SILENT = "host2"
LAPSE_SECONDS = 3 * 40.0
UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Silence:
    """What was there before it began."""

    far_vm: str
    near_vm: str
    pictures: dict[str, list[str]]


@pytest.fixture(scope="module")
def silence(scene: Scene, created_guest: str) -> Iterator[Silence]:
    """host2's agent is frozen while a migration wants its answer; once its Lease has lapsed it stays away."""
    with scene.domain(SILENT, "far"), scene.domain("host1", "near"):
        before = Silence("far", "near", scene.pictures())
        try:
            scene.lab.run("freeze", "agent", SILENT)
            scene.ask(UNANSWERED, created_guest, SILENT, startTimeout="10s")
            scene.until(UNANSWERED, "Failed", LAPSE_SECONDS)
            scene.lab.run("stop", "agent", SILENT)
            wait_until(f"{SILENT} to be NotReady", lambda: not scene.ready(SILENT), LAPSE_SECONDS)
            yield before
        finally:
            end(scene)


def end(scene: Scene) -> None:
    """The agent answers again."""
    scene.lab.attempt("thaw", "agent", SILENT)
    scene.lab.run("start", "agent", SILENT)
    wait_until(f"{SILENT} to be Ready", lambda: scene.ready(SILENT), 90)


def delete(scene: Scene, name: str) -> None:
    """One that waits goes at once."""
    scene.cluster.kubectl("delete", "vmmigration", name, "-n", scene.namespace, "--timeout=30s")


def until_it_waits(scene: Scene, name: str) -> Told:
    """For the silent host: `Pending` alone it is before anybody has looked who answers."""

    def waiting() -> Told | None:
        told = scene.told(name)
        return told if (told.phase, told.reason) == ("Pending", "HypervisorNotReady") else None

    return wait_until("the reason why it is Pending", waiting, 9)


@pytest.mark.usefixtures("silence")
def test_a_host_that_never_answers_ends_the_migration_by_its_start_timeout(scene: Scene, guest: str) -> None:
    told = scene.told(UNANSWERED)
    assert (told.reason, told.cleanup) == ("StartTimeout", "Done"), "it was only asked to look"
    assert told.message.startswith("no migration job had begun within startTimeout (10s). ")
    assert (
        f"The agent on {SILENT} had not looked at its host by then: see its pod on that node" in told.message
    )
    assert "owed" not in told.message
    scene.event_tells(told)
    assert not [line for line in scene.pictures()["host1"] if ".godwit-" in line or "<godwit:" in line]


def test_a_silent_host_that_was_only_asked_to_look_does_not_hold_up_the_next_migration_of_that_vm(
    scene: Scene, silence: Silence, guest: str
) -> None:
    scene.ask("next", guest, SILENT)
    told = until_it_waits(scene, "next")
    assert f"destination {SILENT} is NotReady" in told.message
    delete(scene, "next")
    assert scene.pictures()["host1"] == silence.pictures["host1"]


def test_a_vm_that_was_last_seen_on_a_silent_host_is_waited_for_and_the_host_is_named(
    scene: Scene, silence: Silence
) -> None:
    scene.ask("last-seen", silence.far_vm, "host1")
    told = scene.until("last-seen", "Pending")
    assert told.reason == "VMUnknown"
    assert f"hypervisor {SILENT} is NotReady, and it was last seen there" in told.message
    assert f"`kubectl get hypervisor {SILENT}` and the agent's pod on that node" in told.message
    delete(scene, "last-seen")


def test_a_silent_destination_is_waited_for_by_its_name_until_the_start_timeout(
    scene: Scene, silence: Silence
) -> None:
    scene.ask("not-ready", silence.near_vm, SILENT, startTimeout="10s")
    told = until_it_waits(scene, "not-ready")
    waits = f"destination {SILENT} is NotReady: its agent does not renew its Lease"
    assert waits in told.message
    assert f"`kubectl get hypervisor {SILENT}` and the agent's pod on that node" in told.message

    told = scene.failed("not-ready", "StartTimeout")
    assert waits in told.message
    assert scene.pictures()["host1"] == silence.pictures["host1"]


def test_a_host_that_answers_again_finds_nothing_left_to_do(
    scene: Scene, silence: Silence, guest: str
) -> None:
    end(scene)
    told = scene.clean(UNANSWERED)
    assert (told.phase, told.reason) == ("Failed", "StartTimeout")
    assert "owed" not in told.message
    assert scene.left_over(told) == []
    assert scene.pictures() == silence.pictures
