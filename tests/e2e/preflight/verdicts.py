"""What `mode: Validate` says of a guest that goes from host1 to host2."""

import json

from ..api_server import Body
from ..bad.scene import POLL_SECONDS, Scene, Told
from ..lab import wait_until

THERE = "host2"


def judged(scene: Scene, name: str, vm: str, phase: str, to: str = THERE, **more: object) -> Told:
    """As it has ended, with nothing left of it."""
    scene.ask(name, vm, to, mode="Validate", **more)
    scene.until(name, phase)
    told = scene.clean(name)
    assert scene.left_over(told) == []
    return told


def validated(scene: Scene, name: str, vm: str, phase: str, to: str = THERE, **more: object) -> Told:
    """The same, on hosts that are as they were."""
    with scene.as_before():
        return judged(scene, name, vm, phase, to, **more)


def stopping(told: Told) -> set[str]:
    """Names of the checks that failed or could not run."""
    return {check["name"] for check in told.body["status"]["checks"] if check["result"] in ("Fail", "NotRun")}


def verdict(told: Told, name: str) -> Body:
    """Of the one check of that name."""
    (found,) = (check for check in told.body["status"]["checks"] if check["name"] == name)
    return dict(found)


def hypervisor(scene: Scene, host: str = THERE) -> Body:
    """As it is now."""
    found: Body = json.loads(scene.cluster.kubectl("get", "hypervisor", host, "-o", "json"))
    return found


def until_told(scene: Scene, spec: Body) -> None:
    """The Hypervisor has this spec besides, and its agent tells of it."""
    scene.cluster.kubectl("patch", "hypervisor", THERE, "--type=merge", "-p", json.dumps({"spec": spec}))

    def is_told() -> bool:
        now = hypervisor(scene)
        return bool(now["status"]["observedGeneration"] == now["metadata"]["generation"])

    wait_until(f"the agent of {THERE} to see its spec", is_told, 60, POLL_SECONDS)
