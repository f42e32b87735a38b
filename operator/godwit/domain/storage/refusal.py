"""Why a disk can't go as it was asked for: one reason, under the name of the check that tells it."""

from enum import StrEnum

from godwit.domain.guest import DiskFacts
from godwit.domain.task import Role
from godwit.domain.value import Value

ANEW = "in a new VMMigration"
"""Wherever a remedy is another word of the spec: it can't be changed, and a migration that failed is over."""


class Topic(StrEnum):
    """The check that tells a refusal."""

    DISKS = "Disks"
    COPY_LIST = "CopyList"
    DESTINATION_IMAGE = "DestinationImage"
    BACKING_CHAIN = "BackingChain"
    ENCRYPTION = "Encryption"
    CDROM = "CDROM"


class Refusal(Value):
    """`why` is a sentence that doesn't name the disk; `about` does."""

    topic: Topic
    target: str
    """Of the disk; empty where it is about none that the guest has."""
    about: str
    why: str
    remedy: str
    at: Role = Role.SOURCE
    """Whose host it speaks of; what is in the guest's definition is the source's."""


def refuse(topic: Topic, disk: DiskFacts, why: str, remedy: str, at: Role = Role.SOURCE) -> Refusal:
    """About a disk of the guest."""
    return Refusal(topic, disk.target, f"disk {disk.target} ({disk.path or disk.kind})", why, remedy, at)
