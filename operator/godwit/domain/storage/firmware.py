"""The file of the firmware's variables: libvirt makes or overwrites it at the destination by itself."""

from godwit.domain.image import FileKind
from godwit.domain.storage.facts import StorageFacts
from godwit.domain.storage.refusal import Refusal, Topic
from godwit.domain.task import Role


def against_firmware(facts: StorageFacts) -> tuple[Refusal, ...]:
    """It must not be another domain's."""
    nvram = facts.guest.nvram
    there = facts.image(nvram.path) if nvram else None
    if nvram is None or there is None:
        return ()
    if there.used_by:
        why = f"the destination's {', '.join(there.used_by)} names that path, and would lose its own"
    elif there.kind not in (FileKind.ABSENT, FileKind.REGULAR, FileKind.UNKNOWN):
        why = f"no regular file lies there on the destination ({there.kind.lower()})"
    else:
        return ()
    remedy = "give one of the guests another <nvram> path"
    about = f"the firmware's variables ({nvram.path})"
    return (Refusal(Topic.DESTINATION_IMAGE, "", about, why, remedy, Role.DESTINATION),)
