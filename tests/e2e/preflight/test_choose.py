"""A destination that the operator chooses, with two hosts: the other one, or none."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ..api_server import Body
from ..bad.scene import Scene, Told, migration

pytestmark = pytest.mark.e2e

LABEL = "godwit.test/preflight"


@contextmanager
def labelled(scene: Scene, **values: str) -> Iterator[None]:
    """The Nodes have that label."""
    try:
        for node, value in values.items():
            scene.cluster.kubectl("label", "node", node, f"{LABEL}={value}", "--overwrite")
        yield
    finally:
        for node in values:
            scene.cluster.kubectl("label", "node", node, f"{LABEL}-")


def ask(scene: Scene, name: str, vm: str, destination: Body | None) -> None:
    spec: Body = {"vm": {"name": vm}, "mode": "Validate"}
    if destination is not None:
        spec["destination"] = destination
    body = migration(scene.namespace, name, spec)
    scene.cluster.kubectl("create", "-f", "-", stdin=json.dumps(body))


def standings(told: Told) -> dict[str, str]:
    rows = told.body["status"]["choice"]["candidates"]
    return {row["hypervisor"]: row["standing"] for row in rows}


def test_without_a_destination_the_other_host_is_chosen_and_the_status_says_why(
    scene: Scene, guest: str
) -> None:
    ask(scene, "any", guest, None)
    scene.until("any", "Succeeded")
    told = scene.clean("any")
    assert told.body["status"]["destination"] == {"hypervisor": "host2"}
    why = told.body["status"]["choice"]["why"]
    assert why.startswith("host2 is the only host left that nothing stands against (score ")
    assert standings(told) == {"host2": "Chosen"}
    assert scene.left_over(told) == []
    line = scene.cluster.kubectl("get", "vmm", "any", "-n", scene.namespace, "--no-headers")
    assert line.split()[2:4] == ["host1", "host2"]


def test_a_selector_that_matches_the_source_alone_is_refused_and_says_so(scene: Scene, guest: str) -> None:
    with labelled(scene, host1="here", host2="there"):
        ask(scene, "only-source", guest, {"nodeSelector": {LABEL: "here"}})
        told = scene.failed("only-source", "NoDestination")
        assert f"destination.nodeSelector ({LABEL}=here) matches host1 alone, where the VM is" in told.message
        ask(scene, "nowhere", guest, {"nodeSelector": {LABEL: "elsewhere"}})
        told = scene.failed("nowhere", "NoDestination")
        assert f"label {LABEL} is never elsewhere, but here or there" in told.message
        ask(scene, "selected", guest, {"nodeSelector": {LABEL: "there"}})
        scene.until("selected", "Succeeded")
        assert standings(scene.clean("selected")) == {"host2": "Chosen"}


def test_a_host_that_comes_while_it_is_waited_for_is_taken(scene: Scene, guest: str) -> None:
    scene.cluster.kubectl("cordon", "host2")
    try:
        ask(scene, "waits", guest, {"wait": "10m"})
        told = scene.until("waits", "Pending")
        while told.reason != "NoDestination":
            told = scene.until("waits", "Pending")
        assert "host2: NodeSchedulable: node host2 is cordoned" in told.message
        assert standings(told) == {"host2": "Refused"}
    finally:
        scene.cluster.kubectl("uncordon", "host2")
    scene.until("waits", "Succeeded")
    assert scene.left_over(scene.clean("waits")) == []
