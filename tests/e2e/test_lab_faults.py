"""What is killed comes back, what is stopped stays away, what is frozen is thawed; status tells which it is.

Every test ends with the lab's service running again, also when it fails.
"""

import json
import subprocess
import time
from collections.abc import Iterator

import pytest

from .lab import Lab, Row, wait_until

pytestmark = pytest.mark.e2e

BACK_SECONDS = 90
WATCHED_SECONDS = 2.5
"""Longer than the supervisor waits before it starts again what has ended: 1 s."""

SERVICES = {
    "apiserver": ("control", "apiserver"),
    "etcd": ("control", "etcd"),
    "libvirtd host1": ("host1", "libvirtd"),
    "kubelet host1": ("host1", "kubelet"),
    "containerd host2": ("host2", "containerd"),
    "store": ("store", "glusterd"),
}
GODWIT = {"operator": ("infra", "operator"), "agent host1": ("host1", "agent")}
ALL = {**SERVICES, **GODWIT}
IN_EVERY_RUN = ("apiserver", "agent host1")
"""One of the cluster's and one of Godwit's; the others' turn comes with `make faults`."""


def in_turn(*everybody: str) -> list[object]:
    """A test for each."""
    return [
        pytest.param(who, marks=() if who in IN_EVERY_RUN else pytest.mark.walk, id=who) for who in everybody
    ]


STOPPED = in_turn("apiserver", "libvirtd host1", "kubelet host1", "store", *GODWIT)
FROZEN = in_turn("libvirtd host1", "kubelet host1", *GODWIT)


@pytest.fixture
def lab() -> Lab:
    return Lab()


@pytest.fixture
def who(lab: Lab, request: pytest.FixtureRequest) -> Iterator[str]:
    """Whom the test harms: ready before, and ready again after it."""
    who = str(request.param)
    until_ready(lab, who)
    yield who
    lab.run("start", *who.split())
    if lab.status()[ALL[who]]["state"] == "frozen":
        lab.run("thaw", *who.split())
    until_ready(lab, who)
    wait_until("all the nodes", lambda: ready_nodes(lab) == {"host1", "host2", "infra"}, BACK_SECONDS)


def row(lab: Lab, who: str) -> Row:
    return lab.status()[ALL[who]]


def until_ready(lab: Lab, who: str) -> Row:
    def ready() -> Row | None:
        found = lab.status().get(ALL[who])
        return found if found and found["ready"] else None

    return wait_until(f"{who} to be ready", ready, BACK_SECONDS)


def ready_nodes(lab: Lab) -> set[str]:
    """None while the API server does not answer."""
    command = f"{lab.run('env')}\nkubectl get nodes -o json --request-timeout=2s"
    done = subprocess.run(["sh", "-ec", command], text=True, capture_output=True)
    return {
        node["metadata"]["name"]
        for node in (json.loads(done.stdout)["items"] if done.returncode == 0 else [])
        if any(c["type"] == "Ready" and c["status"] == "True" for c in node["status"]["conditions"])
    }


@pytest.mark.parametrize("who", in_turn(*ALL), indirect=True)
def test_whoever_is_killed_is_started_again_as_another_process(lab: Lab, who: str) -> None:
    before = row(lab, who)["pid"]
    lab.run("kill", *who.split())
    assert until_ready(lab, who)["pid"] != before


@pytest.mark.parametrize("who", STOPPED, indirect=True)
def test_whoever_is_stopped_stays_away_until_it_is_started(lab: Lab, who: str) -> None:
    lab.run("stop", *who.split())
    until = time.monotonic() + WATCHED_SECONDS
    while time.monotonic() < until:
        seen = row(lab, who)
        assert (seen["state"], seen["pid"], seen["ready"]) == ("down", None, False)
    lab.run("stop", *who.split())
    assert "does not run now" in lab.refused("kill", *who.split())
    assert "does not run now" in lab.refused("freeze", *who.split())
    lab.run("start", *who.split())
    until_ready(lab, who)


@pytest.mark.parametrize("who", FROZEN, indirect=True)
def test_whoever_is_frozen_is_there_but_not_ready_until_it_is_thawed(lab: Lab, who: str) -> None:
    before = row(lab, who)["pid"]
    lab.run("freeze", *who.split())
    seen = row(lab, who)
    assert (seen["state"], seen["pid"], seen["ready"]) == ("frozen", before, False)
    lab.run("thaw", *who.split())
    assert until_ready(lab, who)["pid"] == before


@pytest.mark.parametrize("who", ["libvirtd host2"])
def test_a_frozen_libvirtd_gives_no_answer(lab: Lab, who: str) -> None:
    ask = ("exec", "host2", "--", "timeout", "1", "virsh", "list")
    lab.run("freeze", *who.split())
    try:
        assert lab.attempt(*ask).returncode == 124
    finally:
        lab.run("thaw", *who.split())
    assert lab.attempt(*ask).returncode == 0


def test_a_frozen_api_server_gives_no_answer(lab: Lab) -> None:
    command = f"{lab.run('env')}\nkubectl get --raw /readyz --request-timeout=1s"
    lab.run("freeze", "apiserver")
    try:
        assert subprocess.run(["sh", "-ec", command], capture_output=True).returncode != 0
    finally:
        lab.run("thaw", "apiserver")
    wait_until(
        "its answer", lambda: subprocess.run(["sh", "-ec", command], capture_output=True).returncode == 0, 30
    )


def test_whoever_is_nobody_is_refused_with_all_who_are_somebody_and_nobody_is_harmed(lab: Lab) -> None:
    before = {place: row["pid"] for place, row in lab.status().items()}
    for verb in ("kill", "stop", "start", "freeze", "thaw"):
        said = lab.refused(verb, "libvirtd", "infra")
        assert "'libvirtd infra' is nobody here. WHO is one of: operator, " in said
        assert "has no host7" in lab.refused(verb, "libvirtd", "host7")
    assert {place: row["pid"] for place, row in lab.status().items()} == before
