"""Pools and probe files of Godwit's that somebody who was killed left behind. Nothing here removes them."""

import shlex

import libvirt

from godwit.domain.host import Leftover
from godwit.hypervisor.eyes import Eyes
from godwit.hypervisor.storage import PREFIX as POOLS

PROBES = ".godwit-"
OLD_SECONDS = 3600.0
"""A probe may belong to a migration of another host that is under way: a younger one is nobody's leftover."""


def pools(connection: libvirt.virConnect) -> tuple[Leftover, ...]:
    """As storage work: then none of ours is in use."""
    names = sorted(pool.name() for pool in connection.listAllStoragePools() if pool.name().startswith(POOLS))
    return tuple(Leftover("Pool", name, f"virsh pool-destroy {shlex.quote(name)}") for name in names)


def probes(eyes: Eyes) -> tuple[Leftover, ...]:
    """Below the image directories."""
    return tuple(
        Leftover("ProbeFile", path, f"rm {shlex.quote(path)}")
        for path in eyes.files_named(PROBES, OLD_SECONDS)
    )
