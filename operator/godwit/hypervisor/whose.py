"""Whether what lies at a path is the very file that was written down. As storage work; changes nothing.

Both libvirt and the agent have to see that file: what was mounted when the agent's pod began stays in the pod
when the host unmounts it, and whoever is told a command runs it on the host.
"""

from decimal import Decimal
from posixpath import dirname

import libvirt

from godwit.domain.image import FileKind, ImageFacts, Whose
from godwit.hypervisor import imagefacts
from godwit.hypervisor.eyes import Eyes, Sight
from godwit.hypervisor.imagelook import NO_SUCH_FILE, text
from godwit.hypervisor.ports import HypervisorError
from godwit.hypervisor.storage import pool_over, volume_at
from godwit.hypervisor.xml import parse

_LOOKS = 3
"""A file may just be changed between two looks."""


def whose(connection: libvirt.virConnect, eyes: Eyes, path: str, identity: str) -> Whose:
    """Only a libvirt that doesn't answer raises."""
    try:
        with pool_over(connection, dirname(path)) as pool:
            return _judged(eyes, path, identity, volume_at(pool, path))
    except (libvirt.libvirtError, HypervisorError) as error:
        if not connection.isAlive():
            raise
        return _judged(eyes, path, identity, None) if NO_SUCH_FILE in text(error) else Whose.UNKNOWN


def _judged(eyes: Eyes, path: str, identity: str, volume: libvirt.virStorageVol | None) -> Whose:
    sight = eyes.sight(path)
    unseen = sight.kind is FileKind.UNKNOWN and not sight.message
    if volume is None and (unseen or sight.kind is FileKind.ABSENT):
        return Whose.AWAY if eyes.is_away(path, identity) else Whose.GONE
    if volume is None or not identity or not sight.identity:
        return Whose.UNKNOWN
    if sight.kind is FileKind.REGULAR and not is_seen_by_both(eyes, path, volume):
        return Whose.UNKNOWN
    if sight.identity == identity:
        return Whose.OURS
    return Whose.AWAY if eyes.is_away(path, identity) else Whose.ANOTHERS


def is_seen_by_both(eyes: Eyes, path: str, volume: libvirt.virStorageVol) -> bool:
    """It is one file for the agent and for libvirt."""
    looks = ((imagefacts.facts(path, parse(volume.XMLDesc())), eyes.sight(path)) for _ in range(_LOOKS))
    return any(is_one_file(listed, sight) for listed, sight in looks)


def is_one_file(listed: ImageFacts, sight: Sight) -> bool:
    """libvirt's and the agent's look show the same change time: two files don't, to the nanosecond."""
    if listed.fingerprint is None or not sight.changed:
        return False
    return Decimal(listed.fingerprint.changed) == Decimal(sight.changed)
