"""A line per disk: what it is to this migration, the proof, and what becomes of it.

Each disk is judged with everything that stands against it at once; the checks of the preflight tell the
refusals under their names, and the plan takes only what nothing stands against.
"""

from godwit.domain.device import BY_ID
from godwit.domain.disks import Disk, DiskAction, DiskClass, Provisioning
from godwit.domain.guest import DiskFacts, DiskKind
from godwit.domain.image import FileKind
from godwit.domain.storage.destination_image import against_destination
from godwit.domain.storage.facts import StorageFacts, layers_of
from godwit.domain.storage.firmware import against_firmware
from godwit.domain.storage.media import judge_read_only
from godwit.domain.storage.proof import Proof, Standing, proof_of, unproven_layers
from godwit.domain.storage.refusal import Refusal, Topic, refuse
from godwit.domain.storage.secrets import against_encryption
from godwit.domain.storage.source_image import against_source
from godwit.domain.storage.source_removal import kept_because, wants_removal
from godwit.domain.storage.wish import against_copying, against_keeping, against_list, against_listing
from godwit.domain.task import Role
from godwit.domain.value import Value

SHARED_PLACE = "put it on storage that both hosts mount at the same path"
UNSUPPORTED = {
    DiskKind.VOLUME: "name the volume's path as a file, device or network disk instead",
    DiskKind.DIR: "put its content into an image",
    DiskKind.OTHER: "detach it, or replace it by an image in a file",
}


class Judged(Value):
    """A disk's line and what stands against it; `to_copy`: it has to be copied, once nothing does."""

    line: Disk
    refusals: tuple[Refusal, ...] = ()
    to_copy: bool = False


def classify(facts: StorageFacts) -> tuple[Disk, ...]:
    """A line per disk, in the guest's order; `Refuse` where anything stands against it."""
    return tuple(judged.line for judged in judge(facts))


def judge(facts: StorageFacts) -> tuple[Judged, ...]:
    """The same with all the reasons."""
    return tuple(_with_secrets(facts, disk, _judge(facts, disk)) for disk in facts.guest.disks)


def refusals(facts: StorageFacts) -> tuple[Refusal, ...]:
    """Everything that stands against this migration's storage; none: it may go on."""
    of_disks = (refusal for judged in judge(facts) for refusal in judged.refusals)
    return (*against_list(facts), *of_disks, *against_firmware(facts))


def _judge(facts: StorageFacts, disk: DiskFacts) -> Judged:
    if disk.kind is DiskKind.EMPTY:
        return _keep(facts, disk, DiskClass.EMPTY, "there is no medium in it")
    if disk.transient:
        why = "it is <transient/>: what the guest wrote lies in a file of QEMU's own, which does not go along"
        return _refused(facts, disk, why, "shut the guest off, and take <transient/> out of its definition")
    if remedy := UNSUPPORTED.get(disk.kind):
        why = f"nothing can be proven of a {disk.kind.lower()} disk"
        return _refused(facts, disk, why, remedy)
    proof = proof_of(facts, disk)
    if disk.read_only and disk.kind is DiskKind.FILE:
        return _read_only_file(facts, disk, proof)
    if proof.standing is Standing.BROKEN:
        return _refused(facts, disk, proof.text, "let both hosts see one regular file at that path", proof.at)
    if proof.standing is Standing.SHARED:
        return _shared(facts, disk, proof)
    return _local(facts, disk, proof)


def _read_only_file(facts: StorageFacts, disk: DiskFacts, proof: Proof) -> Judged:
    medium = judge_read_only(facts, disk, proof)
    action = DiskAction.EJECT if medium.eject else DiskAction.KEEP
    listed = against_listing(facts, disk, DiskClass.READ_ONLY, medium.text)
    return _judged(facts, disk, DiskClass.READ_ONLY, action, medium.text, (*medium.refusals, *listed))


def _shared(facts: StorageFacts, disk: DiskFacts, proof: Proof) -> Judged:
    remedy = "put the whole chain on shared storage, or flatten it (`virsh blockpull`)"
    layers = tuple(refuse(Topic.BACKING_CHAIN, disk, why, remedy) for why in unproven_layers(facts, disk))
    against = (*layers, *against_keeping(facts, disk, proof))
    return _keep(facts, disk, _class_of(disk), proof.text, against)


def _class_of(disk: DiskFacts) -> DiskClass:
    if disk.kind is DiskKind.NETWORK:
        return DiskClass.NETWORK
    if disk.read_only:
        return DiskClass.READ_ONLY
    return DiskClass.SHAREABLE if disk.shareable else DiskClass.SHARED


def _local(facts: StorageFacts, disk: DiskFacts, proof: Proof) -> Judged:
    if disk.shareable:
        why = f"it is <shareable/> and not proven to be shared: {proof.text}"
        return _refused(facts, disk, why, SHARED_PLACE, proof.at)
    if disk.kind is not DiskKind.FILE:
        remedy = f"name it by its WWN or serial ({BY_ID}/wwn-...) on storage that both hosts reach"
        if disk.kind is DiskKind.NETWORK:
            remedy = "name its server by an address that both hosts reach"
        judged = _refused(facts, disk, f"it is not proven to be shared: {proof.text}", remedy, proof.at)
        listed = against_source(facts, disk) if disk.target in (facts.wish.disks or ()) else ()
        return _judged(
            facts, disk, DiskClass.LOCAL, DiskAction.REFUSE, proof.text, (*judged.refusals, *listed)
        )
    unwanted = against_copying(facts, disk, proof)
    if unwanted:
        return _judged(facts, disk, DiskClass.LOCAL, DiskAction.COPY, proof.text, unwanted)
    against = (*against_source(facts, disk), *against_destination(facts, disk))
    doubt = f"not proven to be shared: {proof.text}"
    text = "; ".join((doubt, *_outlook(facts, disk))) if not against else doubt
    return _judged(facts, disk, DiskClass.LOCAL, DiskAction.COPY, text, against, to_copy=True)


def _outlook(facts: StorageFacts, disk: DiskFacts) -> list[str]:
    """What becomes of the images, as the user should know beforehand."""
    words = []
    there = facts.image(disk.path)
    if facts.wish.provisioning is Provisioning.CREATE:
        words.append("an image is made for it at the destination")
    elif there and there.kind is FileKind.REGULAR:
        words.append("the former content of the destination's image is lost once the copy begins")
    if layers := layers_of(disk):
        words.append(f"its image and the {len(layers)} below it become one")
    return words


def _source_image(facts: StorageFacts, disk: DiskFacts) -> str:
    """`Disk.source_image`, as the plan has it."""
    if not wants_removal(facts):
        return "kept: spec.storage.sourceImages is Keep"
    why = kept_because(facts, disk)
    return f"kept: {why}" if why else "goes after the commit"


def _with_secrets(facts: StorageFacts, disk: DiskFacts, judged: Judged) -> Judged:
    more = against_encryption(facts, disk, to_copy=judged.to_copy)
    if not more:
        return judged
    line, against = judged.line, (*judged.refusals, *more)
    return _judged(facts, disk, line.disk_class, line.action, line.proof, against, to_copy=judged.to_copy)


def _keep(
    facts: StorageFacts, disk: DiskFacts, kind: DiskClass, proof: str, against: tuple[Refusal, ...] = ()
) -> Judged:
    listed = against_listing(facts, disk, kind, proof)
    return _judged(facts, disk, kind, DiskAction.KEEP, proof, (*against, *listed))


def _refused(facts: StorageFacts, disk: DiskFacts, why: str, remedy: str, at: Role = Role.SOURCE) -> Judged:
    kind = DiskClass.READ_ONLY if disk.read_only else DiskClass.LOCAL
    against = (refuse(Topic.DISKS, disk, why, remedy, at), *against_listing(facts, disk, kind, why))
    return _judged(facts, disk, kind, DiskAction.REFUSE, why, against)


def _told(proof: str, against: tuple[Refusal, ...]) -> str:
    """The proof, and what stands against the disk where that doesn't say it already."""
    whys = [why for why in dict.fromkeys(refusal.why for refusal in against) if why not in proof]
    return "; ".join(whys if any(proof in why for why in whys) else (proof, *whys))


def _judged(
    facts: StorageFacts,
    disk: DiskFacts,
    kind: DiskClass,
    action: DiskAction,
    proof: str,
    against: tuple[Refusal, ...] = (),
    *,
    to_copy: bool = False,
) -> Judged:
    line = Disk(
        target=disk.target,
        kind=disk.kind,
        disk_class=kind,
        action=DiskAction.REFUSE if against else action,
        path=disk.path,
        format=disk.format,
        virtual_size=disk.virtual_size_bytes,
        allocated=disk.image.allocated_bytes if disk.image else None,
        proof=_told(proof, against),
        source_image=_source_image(facts, disk) if to_copy and not against else "",
    )
    return Judged(line, against, to_copy)
