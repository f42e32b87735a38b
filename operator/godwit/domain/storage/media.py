"""Images that the guest can't write to: kept where both hosts have the same content.

A drive arrives empty where its `startupPolicy` allows that and the destination has no such medium.
"""

from godwit.domain.guest import DiskFacts
from godwit.domain.image import FileKind, ImageFacts
from godwit.domain.storage.facts import StorageFacts, layers_of
from godwit.domain.storage.proof import Proof, Standing, unproven_layers
from godwit.domain.storage.refusal import Refusal, Topic, refuse
from godwit.domain.task import Role
from godwit.domain.value import Value

REMOVABLE = frozenset({"cdrom", "floppy"})
MAY_BE_MISSING = frozenset({"optional", "requisite"})
"""libvirt's own words for media that may be dropped on a migration."""


class Medium(Value):
    """What becomes of it; `text` is its proof, or why there is none."""

    text: str
    eject: bool = False
    refusals: tuple[Refusal, ...] = ()


def is_removable(disk: DiskFacts) -> bool:
    """A drive whose medium comes and goes."""
    return disk.device in REMOVABLE


def judge_read_only(facts: StorageFacts, disk: DiskFacts, proof: Proof) -> Medium:
    """Of an image in a file, where `proof` is what the token in its directory says."""
    layers = unproven_layers(facts, disk)
    if proof.standing is Standing.SHARED and not layers:
        return Medium(proof.text)
    there = facts.image(disk.path)
    gone = there is not None and there.kind is FileKind.ABSENT and proof.standing is Standing.UNPROVEN
    if gone and is_removable(disk) and disk.startup_policy in MAY_BE_MISSING:
        text = (
            f"the destination has no {disk.path}, and startupPolicy {disk.startup_policy} lets the drive "
            "arrive empty"
        )
        return Medium(text, eject=True)
    if proof.standing is Standing.BROKEN:
        return _refused(facts, disk, proof.text, proof.at)
    if layers_of(disk):
        remedy = "flatten it (`qemu-img convert`), or put the whole chain on shared storage"
        whys = layers or (f"it is layered, and not proven to be shared: {proof.text}",)
        found = tuple(refuse(Topic.BACKING_CHAIN, disk, why, remedy) for why in whys)
        return Medium(whys[0], refusals=found)
    if doubt := _difference(disk.image, there):
        return _refused(facts, disk, *doubt)
    return Medium("both hosts have a file of the same content at that path (SHA-256)")


def _difference(here: ImageFacts | None, there: ImageFacts | None) -> tuple[str, Role] | None:
    """Why the content is not known to be the same, and whose fault it is; None when it is the same."""
    if here is None or here.kind is not FileKind.REGULAR:
        return "the source's libvirt does not list it as a regular file" + _said(here), Role.SOURCE
    if there is None or there.kind is FileKind.UNKNOWN:
        return "what lies there on the destination is not known" + _said(there), Role.DESTINATION
    if there.kind is FileKind.ABSENT:
        return "the destination has no such file", Role.DESTINATION
    if there.kind is not FileKind.REGULAR:
        return f"on the destination no regular file lies there ({there.kind.lower()})", Role.DESTINATION
    for image, side in ((here, Role.SOURCE), (there, Role.DESTINATION)):
        if not image.digest:
            return f"its content could not be read on the {side.lower()}" + _said(image), side
    if here.digest != there.digest:
        return "the destination's file of that path has other content", Role.DESTINATION
    return None


def _refused(facts: StorageFacts, disk: DiskFacts, doubt: str, at: Role) -> Medium:
    remedy = "copy the very file to the destination, under the same path"
    if is_removable(disk):
        eject = f"virsh change-media {facts.guest.view.name} {disk.target} --eject"
        remedy = f"take the medium out (`{eject}`), or {remedy}"
    topic = Topic.CDROM if is_removable(disk) else Topic.DISKS
    why = f"the guest can't write to it, but {doubt}"
    return Medium(doubt, refusals=(refuse(topic, disk, why, remedy, at),))


def _said(image: ImageFacts | None) -> str:
    return f": {image.message}" if image and image.message else ""
