"""Specs that are accepted; each test spoils one of them."""

import copy

from .server import Body

UUID = "6d0b7c1e-3f6a-4a52-9a2e-0c9f4b9d1e11"

MIGRATION: Body = {
    "vm": {"name": "openEulerVM"},
    "source": {"hypervisor": "host1"},
    "destination": {"hypervisor": "host2"},
    "safety": {"unsafe": True},
    "storage": {
        "strategy": "Copy",
        "disks": ["vdb", "vdc"],
        "provisioning": "MustExist",
        "sourceImages": "Delete",
    },
    "startTimeout": "10m",
}
SHORTEST_MIGRATION: Body = {"vm": {"uuid": UUID}, "destination": {"hypervisor": "host2"}}

PLAN: Body = {
    "switchover": "Strict",
    "destinationUri": "qemu+tls://10.0.1.12/system",
    "migrateUri": "tcp://10.0.1.12",
    "resumeWhen": {"task": "source", "attempt": 1},
}
COPY: Body = {
    "target": "vdb",
    "path": "/images/b.qcow2",
    "format": "qcow2",
    "virtualSizeBytes": 1 << 30,
    "create": False,
    "clusterSizeBytes": 65536,
    "compat": "1.1",
    "owner": 64055,
    "group": 64055,
    "mode": "0600",
    "existing": {
        "capacityBytes": 1 << 30,
        "allocationBytes": 1 << 20,
        "modified": "1767268800.000000001",
        "changed": "1767268800",
    },
    "deleteSource": True,
}
PROBES = [{"directory": "/images", "path": "/images/.godwit-1", "images": ["/images/a.qcow2"]}]
TASK: Body = {
    "nodeName": "host1",
    "role": "Source",
    "attempt": 1,
    "migrationRef": {"namespace": "team", "name": "move", "uid": UUID},
    "vm": {"name": "openEulerVM", "uuid": UUID},
    "peer": {"nodeName": "host2", "task": "destination"},
    "goal": "Inspected",
}


def at(path: str, value: object) -> Body:
    """`at("a.b", 1)` is `{"a": {"b": 1}}`: a merge patch of one field, which `None` removes."""
    for name in reversed(path.split(".")):
        value = {name: value}
    assert isinstance(value, dict)
    return value


def spoiled(spec: Body, path: str, value: object) -> Body:
    """`spec` with that field set; `None` removes it."""
    whole = copy.deepcopy(spec)
    *parents, last = path.split(".")
    place = whole
    for name in parents:
        place = place.setdefault(name, {})
    if value is None:
        place.pop(last)
    else:
        place[last] = value
    return whole
