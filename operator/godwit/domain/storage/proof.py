"""What proves, in this very migration, that both hosts open the same bytes. The unproven is not shared.

Files: a random token that was written beside them through the source's libvirt is read through the
destination's. Block devices: one WWN or serial, and the same content in their first and last MiB. Network
disks: their URI.
"""

from enum import StrEnum

from godwit.domain.device import BY_ID, identity_of
from godwit.domain.guest import DiskFacts, DiskKind, GuestFacts
from godwit.domain.image import FileKind, ImageFacts
from godwit.domain.storage.facts import StorageFacts, has_file, layers_of
from godwit.domain.storage.likeness import contradicts
from godwit.domain.storage.paths import directory_of, normal, trouble
from godwit.domain.task import Probe, Role
from godwit.domain.value import Value

FIND_THEIR_SERVERS = frozenset({"rbd"})
"""Protocols that need no server in their URI: the cluster's configuration names them."""


class Standing(StrEnum):
    """What a proof comes to."""

    SHARED = "Shared"
    UNPROVEN = "Unproven"
    BROKEN = "Broken"
    """The directory is shared and the file in it is not the same for both: nothing can be done with it."""


class Proof(Value):
    """`text` is a sentence: the proof, or what is missing in it."""

    standing: Standing
    text: str
    at: Role = Role.DESTINATION
    """Whose host a missing proof speaks of."""


def probes_for(facts: GuestFacts, token_name: str) -> tuple[Probe, ...]:
    """One token per directory that holds writable images, their layers or the NVRAM file.

    `token_name` begins with `.godwit-`. Each names all files of the guest in its directory.
    """
    writable = [disk for disk in facts.disks if has_file(disk) and disk.writable]
    judged = [path for disk in writable for path in (disk.path, *layers_of(disk))]
    if facts.nvram:
        judged.append(facts.nvram.path)
    everything = [path for disk in facts.disks if has_file(disk) for path in (disk.path, *layers_of(disk))]
    files: dict[str, dict[str, None]] = {directory_of(path): {} for path in judged if not trouble(path)}
    for path in (*everything, *judged):
        if not trouble(path) and directory_of(path) in files:
            files[directory_of(path)][path] = None
    return tuple(
        Probe(directory=directory, path=f"{directory.rstrip('/')}/{token_name}", images=tuple(paths))
        for directory, paths in files.items()
    )


def token_proof(facts: StorageFacts, path: str) -> Proof:
    """Of the file at `path`, by the token in its directory."""
    if wrong := trouble(path):
        return Proof(Standing.UNPROVEN, wrong, Role.SOURCE)
    directory = directory_of(path)
    ours, theirs = _of(facts.written, directory), _of(facts.read, directory)
    if ours is None or not ours.token:
        said = ours.message if ours and ours.message else "no token was written"
        text = f"the source could not write a token into {directory}: {said}"
        return Proof(Standing.UNPROVEN, text, Role.SOURCE)
    if theirs is None or not theirs.token:
        said = theirs.message if theirs and theirs.message else "it is not there"
        text = f"the token that the source wrote into {directory} was not found by the destination: {said}"
        return Proof(Standing.UNPROVEN, text)
    if normal(theirs.path) != normal(ours.path):
        text = f"the destination looked for another token in {directory}: for one of an earlier inspection"
        return Proof(Standing.UNPROVEN, text)
    if theirs.token != ours.token:
        text = f"the destination reads another token in {directory}: another directory of the same name"
        return Proof(Standing.UNPROVEN, text)
    for side, probe in ((Role.SOURCE, ours), (Role.DESTINATION, theirs)):
        if normal(path) not in map(normal, probe.images):
            lists_not = f"the {side.lower()}'s libvirt does not list {path} as a regular file"
            return Proof(Standing.BROKEN, f"{directory} is shared, but {lists_not}", side)
    return Proof(Standing.SHARED, "a token written beside it by the source was read by the destination")


def in_order(facts: StorageFacts) -> bool:
    """The destination looked after the source: it was asked for every token that this inspection wrote.

    A source that was inspected anew afterwards turns the order of change times around.
    """
    asked = {normal(probe.path) for probe in facts.read}
    return all(normal(probe.path) in asked for probe in facts.written if probe.token)


def file_proof(facts: StorageFacts, disk: DiskFacts) -> Proof:
    """Of an image in a file: the token, and that no other file is mounted over it on one of the hosts."""
    proof = token_proof(facts, disk.path)
    if proof.standing is not Standing.SHARED:
        return proof
    there = facts.image(disk.path)
    here = disk.image.fingerprint if disk.image else None
    if mistake := contradicts(here, there.fingerprint if there else None):
        text = f"{directory_of(disk.path)} is shared, but not the file {disk.path} in it: {mistake}"
        return Proof(Standing.BROKEN, text)
    return proof


def unproven_layers(facts: StorageFacts, disk: DiskFacts) -> tuple[str, ...]:
    """What its image is layered on that is not proven to be shared, each with what is missing."""
    doubts = []
    for layer in layers_of(disk):
        if "://" in layer:
            doubt = _doubt_of_uri(layer)
        else:
            proof = token_proof(facts, layer)
            doubt = "" if proof.standing is Standing.SHARED else proof.text
        if doubt:
            doubts.append(f"its layer {layer} is not proven to be shared: {doubt}")
    return tuple(doubts)


def block_proof(facts: StorageFacts, disk: DiskFacts) -> Proof:
    """Of a block device: its name, its WWN or serial on both hosts, its size and its probed content."""
    here, there = disk.image, facts.image(disk.path)
    if wrong := trouble(disk.path):
        return Proof(Standing.UNPROVEN, wrong, Role.SOURCE)
    if doubt := _doubt_of_device(disk.path, here, there):
        return Proof(Standing.UNPROVEN, *doubt)
    wwn = here.wwn if here else ""
    text = f"both hosts have the device {wwn}, of one size, with the same first and last MiB"
    return Proof(Standing.SHARED, text)


def network_proof(disk: DiskFacts) -> Proof:
    """Both hosts open one URI."""
    if doubt := _doubt_of_uri(disk.path):
        return Proof(Standing.UNPROVEN, doubt, Role.SOURCE)
    return Proof(Standing.SHARED, f"both hosts open {disk.path}")


def proof_of(facts: StorageFacts, disk: DiskFacts) -> Proof:
    """By the kind of the disk; its layers are another question."""
    if disk.kind is DiskKind.FILE:
        return file_proof(facts, disk)
    if disk.kind is DiskKind.BLOCK:
        return block_proof(facts, disk)
    if disk.kind is DiskKind.NETWORK:
        return network_proof(disk)
    return Proof(Standing.UNPROVEN, f"nothing can be proven of a {disk.kind.lower()} disk")


_THIS_HOST = frozenset({"localhost", "localhost4", "localhost6", "ip6-localhost", "0.0.0.0", "::", "::1"})  # noqa: S104


def _doubt_of_uri(uri: str) -> str:
    protocol, _, rest = uri.partition("://")
    if not protocol or not rest:
        return "its definition names no source"
    server = rest.partition("/")[0]
    host = server[1:].partition("]")[0] if server.startswith("[") else server.partition(":")[0]
    host = host.casefold()
    if not host and protocol not in FIND_THEIR_SERVERS:
        return f"{uri} names no server: a socket of this host is another one elsewhere"
    if host in _THIS_HOST or host.startswith(("127.", "::ffff:127.", "localhost.")):
        return f"{uri} names this very host, which is another one elsewhere"
    return ""


def _doubt_of_device(path: str, here: ImageFacts | None, there: ImageFacts | None) -> tuple[str, Role] | None:
    """What is missing, and whose host that speaks of."""
    if not identity_of(normal(path)):
        return f"{path} is no name under {BY_ID} that holds the device's WWN or serial", Role.SOURCE
    for side, image in ((Role.SOURCE, here), (Role.DESTINATION, there)):
        if image is None or image.kind is not FileKind.BLOCK:
            said = f": {image.message}" if image and image.message else ""
            return f"the {side.lower()} has no block device at {path}{said}", side
        if not image.wwn or not image.digest:
            text = f"the {side.lower()} could not read the device's WWN or serial, and its content"
            return text + _said(image), side
    if here is None or there is None:
        return f"nobody looked at {path}", Role.SOURCE
    if doubt := _difference(path, here, there):
        return doubt, Role.DESTINATION
    return None


def _difference(path: str, here: ImageFacts, there: ImageFacts) -> str:
    if here.wwn != there.wwn:
        return f"{path} is {here.wwn} at the source and {there.wwn} at the destination"
    if here.virtual_size_bytes != there.virtual_size_bytes:
        return f"{path} has another size at the destination"
    if here.digest != there.digest:
        return f"the first or last MiB of {path} differs between the hosts (or was written to just then)"
    return ""


def _said(image: ImageFacts) -> str:
    return f": {image.message}" if image.message else ""


def _of(probes: tuple[Probe, ...], directory: str) -> Probe | None:
    return next((probe for probe in probes if normal(probe.directory) == directory), None)
