"""Encrypted disks: the destination's libvirt opens them by a secret of the same UUID, which never travels."""

from godwit.domain.disks import Provisioning
from godwit.domain.guest import DiskFacts
from godwit.domain.storage.facts import StorageFacts
from godwit.domain.storage.refusal import Refusal, Topic, refuse
from godwit.domain.storage.source_image import MUST_EXIST
from godwit.domain.task import Role


def against_encryption(facts: StorageFacts, disk: DiskFacts, *, to_copy: bool) -> tuple[Refusal, ...]:
    """For every encrypted disk, whether it is copied or kept."""
    if not disk.encrypted:
        return ()
    found = []
    if not disk.secret:
        why = "it is encrypted, and its definition names no secret by UUID"
        remedy = "name it by <secret type='passphrase' uuid='...'/>"
        found.append(refuse(Topic.ENCRYPTION, disk, why, remedy))
    elif disk.secret not in facts.secrets:
        why = f"it is encrypted, and the destination has no secret {disk.secret}"
        remedy = "define it there (`virsh secret-define`, `virsh secret-set-value`) with the same UUID"
        found.append(refuse(Topic.ENCRYPTION, disk, why, remedy, Role.DESTINATION))
    if to_copy and facts.wish.provisioning is Provisioning.CREATE:
        why = "it is encrypted, and Godwit makes no encrypted image"
        remedy = f"make one on the destination with the same secret, and {MUST_EXIST}"
        found.append(refuse(Topic.ENCRYPTION, disk, why, remedy, Role.DESTINATION))
    return tuple(found)
