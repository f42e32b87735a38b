"""A machine that is a copy of the other one: libvirt would refuse the two in words that help nobody."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ..bad.scene import POLL_SECONDS, Scene
from ..lab import wait_until
from .verdicts import THERE, hypervisor, judged, stopping

pytestmark = pytest.mark.e2e

HERE = "host1"


@contextmanager
def posing(scene: Scene, same: str, field: str) -> Iterator[str]:
    """The destination has it from the source, and its Hypervisor tells of it."""

    def told(host: str) -> str:
        return str(hypervisor(scene, host)["status"][field])

    own, others = told(THERE), told(HERE)
    assert own != others
    scene.lab.run("host", "identity", THERE, HERE, "--same", same)
    try:
        wait_until(f"{THERE} to tell of {others}", lambda: told(THERE) == others, 90, POLL_SECONDS)
        yield others
    finally:
        scene.lab.run("host", "identity", THERE, "right")
        wait_until(f"{THERE} to tell of {own}", lambda: told(THERE) == own, 90, POLL_SECONDS)


@pytest.mark.parametrize(
    ("same", "field", "said", "remedy"),
    [
        ("uuid", "hostUuid", "have the same host UUID", "set host_uuid in libvirtd.conf"),
        ("name", "hostName", "both call themselves", "give them different host names"),
    ],
    ids=["uuid", "name"],
)
def test_two_hosts_that_have_it_alike_are_told_with_what_it_is_and_nobody_can_force_it(
    scene: Scene, guest: str, same: str, field: str, said: str, remedy: str
) -> None:
    with posing(scene, same, field) as alike:
        told = judged(scene, f"same-{same}", guest, "Failed")
    assert told.reason == "SameHypervisor"
    assert stopping(told) == {"NotTheSameHost"}
    failure = told.failed_check("NotTheSameHost")
    assert f"{HERE} and {THERE} {said} {alike}" in failure
    assert remedy in failure
