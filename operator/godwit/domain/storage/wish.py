"""The user's word about what is copied (`storage.strategy`, `storage.disks`), held against the guest."""

from godwit.domain.disks import DiskClass, Strategy
from godwit.domain.guest import DiskFacts
from godwit.domain.storage.facts import StorageFacts
from godwit.domain.storage.proof import Proof
from godwit.domain.storage.refusal import ANEW, Refusal, Topic, refuse

TAKE_OUT = f"take it out of storage.disks {ANEW}"


def is_listed(facts: StorageFacts, disk: DiskFacts) -> bool:
    """The user named it."""
    return disk.target in (facts.wish.disks or ())


def against_list(facts: StorageFacts) -> tuple[Refusal, ...]:
    """What is wrong with the list by itself: unknown targets, doubles, a strategy that copies nothing."""
    listed = facts.wish.disks or ()
    has = tuple(disk.target for disk in facts.guest.disks)
    found = []
    for target in dict.fromkeys(listed):
        if target not in has:
            why = "the guest has no such disk"
            there = f"it has {', '.join(has) or 'no disk at all'}"
            found.append(_about(target, why, f"{there}: name no other {ANEW}"))
        if listed.count(target) > 1:
            found.append(_about(target, "it is named more than once", f"name each disk once {ANEW}"))
    if listed and facts.wish.strategy is Strategy.SHARED:
        why = "strategy Shared copies nothing, and storage.disks names disks to copy"
        remedy = f"set storage.strategy to Copy, or leave storage.disks out, {ANEW}"
        found.append(Refusal(Topic.COPY_LIST, "", "storage.disks", why, remedy))
    return tuple(found)


def against_listing(facts: StorageFacts, disk: DiskFacts, kind: DiskClass, proof: str) -> tuple[Refusal, ...]:
    """Why a disk that is not local must not be named: libvirt would copy some of these, or fail late."""
    if not is_listed(facts, disk):
        return ()
    if kind is DiskClass.EMPTY:
        why = "there is no medium in it, so nothing to copy"
    elif kind is DiskClass.READ_ONLY:
        why = "the guest can't write to it, and libvirt copies no such disk"
    elif disk.shareable:
        why = "it is <shareable/>: others write to it while it is copied"
    elif kind is DiskClass.LOCAL:
        return ()
    else:
        why = f"it is proven to be shared, and would be copied onto itself: {proof}"
    return (refuse(Topic.COPY_LIST, disk, why, TAKE_OUT),)


def against_keeping(facts: StorageFacts, disk: DiskFacts, proof: Proof) -> tuple[Refusal, ...]:
    """Why a disk that is proven shared may not stay: the user asked for a copy of every disk."""
    copies_all = facts.wish.strategy is Strategy.COPY and facts.wish.disks is None
    if not copies_all or not disk.writable:
        return ()
    why = f"it is proven to be shared, and strategy Copy leaves no disk where it is: {proof.text}"
    remedy = f"set storage.strategy to Auto, or name the disks to copy in storage.disks, {ANEW}"
    return (refuse(Topic.DISKS, disk, why, remedy),)


def against_copying(facts: StorageFacts, disk: DiskFacts, proof: Proof) -> tuple[Refusal, ...]:
    """Why a local disk is not to be copied, though it would have to be."""
    if facts.wish.strategy is Strategy.SHARED:
        why = f"it is not proven to be shared, and strategy Shared copies nothing: {proof.text}"
        place = "put it on storage that both hosts mount at the same path"
        remedy = f"{place}, or set storage.strategy to Auto {ANEW}"
        return (refuse(Topic.DISKS, disk, why, remedy, proof.at),)
    if facts.wish.disks is not None and not is_listed(facts, disk):
        left_behind = "not named in storage.disks, and would be left behind"
        why = f"it is not proven to be shared, {left_behind}: {proof.text}"
        remedy = f"name it there too, or leave storage.disks out, {ANEW}"
        return (refuse(Topic.COPY_LIST, disk, why, remedy),)
    return ()


def _about(target: str, why: str, remedy: str) -> Refusal:
    return Refusal(Topic.COPY_LIST, target, f"disk {target}", why, remedy)
