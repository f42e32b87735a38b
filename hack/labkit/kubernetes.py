"""The lab's cluster as kubectl and helm see it."""

import datetime
import json
import os
from typing import Any

from labkit.binaries import binaries
from labkit.box import booted_at
from labkit.lab import Lab
from labkit.shell import run


def environment(lab: Lab) -> dict[str, str]:
    """What `hack/lab env` prints: the lab, its kubeconfig, and its kubectl and helm first in the PATH."""
    path = f"{binaries()}:{os.environ['PATH']}"
    return {"GODWIT_LAB": lab.name, "KUBECONFIG": str(lab.kubeconfig), "PATH": path}


def kubectl(lab: Lab, *argv: str, stdin: str | None = None) -> str:
    """Run kubectl as the lab's admin."""
    return run(binaries() / "kubectl", *argv, stdin=stdin, env={**os.environ, **environment(lab)})


def kubectl_json(lab: Lab, *argv: str) -> dict[str, Any]:
    """The same, with `-o json`."""
    answer: dict[str, Any] = json.loads(kubectl(lab, *argv, "-o", "json"))
    return answer


def ready_nodes(lab: Lab) -> set[str]:
    """Names of the nodes that are Ready, and whose kubelet said so since the box was powered on."""
    leases = kubectl_json(lab, "get", "leases", "-n", "kube-node-lease")["items"]
    renewed = {lease["metadata"]["name"]: lease["spec"].get("renewTime") for lease in leases}
    return {
        name
        for node in kubectl_json(lab, "get", "nodes")["items"]
        if (name := node["metadata"]["name"]) in renewed
        and any(c["type"] == "Ready" and c["status"] == "True" for c in node["status"].get("conditions", []))
        and _seconds(renewed[name]) > booted_at(lab, name)
    }


def ready_containers(lab: Lab, namespace: str) -> dict[str, str]:
    """Image of each container that is Ready, by containerd's id, but of pods that are being deleted."""
    return {
        status["containerID"].removeprefix("containerd://"): status["image"]
        for pod in kubectl_json(lab, "get", "pods", "-n", namespace, "--request-timeout=5s")["items"]
        if "deletionTimestamp" not in pod["metadata"]
        for status in pod["status"].get("containerStatuses", [])
        if status["ready"]
    }


def _seconds(written: str | None) -> float:
    return datetime.datetime.fromisoformat(written).timestamp() if written else 0
