"""What Kubernetes and the admin say of a destination: cordoned, or in maintenance."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ..bad.scene import Scene, Told

pytestmark = pytest.mark.e2e


def validated(scene: Scene, name: str, guest: str, phase: str) -> Told:
    scene.ask(name, guest, "host2", mode="Validate")
    scene.until(name, phase)
    return scene.clean(name)


@contextmanager
def cordoned(scene: Scene, node: str) -> Iterator[None]:
    scene.cluster.kubectl("cordon", node)
    try:
        yield
    finally:
        scene.cluster.kubectl("uncordon", node)


@contextmanager
def in_maintenance(scene: Scene, host: str) -> Iterator[None]:
    def patch(*, maintenance: bool | None) -> None:
        change = json.dumps({"spec": {"maintenance": maintenance}})
        scene.cluster.kubectl("patch", "hypervisor", host, "--type=merge", "-p", change)

    patch(maintenance=True)
    try:
        yield
    finally:
        patch(maintenance=None)


def test_a_cordoned_destination_fails_by_name_and_nothing_else_does(scene: Scene, guest: str) -> None:
    with cordoned(scene, "host2"):
        told = validated(scene, "cordoned", guest, "Failed")
    assert list(told.failed_checks()) == ["NodeSchedulable"]
    assert "node host2 is cordoned" in told.failed_check("NodeSchedulable")
    assert "kubectl uncordon host2" in told.message


def test_a_destination_in_maintenance_fails_by_name_and_nothing_else_does(scene: Scene, guest: str) -> None:
    with in_maintenance(scene, "host2"):
        told = validated(scene, "maintained", guest, "Failed")
    assert list(told.failed_checks()) == ["Maintenance"]
    assert "host2 is in maintenance" in told.failed_check("Maintenance")


def test_a_source_that_is_cordoned_and_in_maintenance_may_be_left(scene: Scene, guest: str) -> None:
    with cordoned(scene, "host1"), in_maintenance(scene, "host1"):
        told = validated(scene, "left", guest, "Succeeded")
    assert told.failed_checks() == {}
    versions = [check for check in told.body["status"]["checks"] if check["name"] == "AgentVersion"]
    assert {check["result"] for check in versions} == {"Pass"}
