"""What people are told about images: which are copied, which stay where they are, and why."""

from msgspec.structs import replace

from godwit.domain.copies import copies_of
from godwit.domain.disks import Disk, SourceImages
from godwit.domain.image import Copy
from godwit.domain.migration import FINAL_PHASES, Phase
from godwit.domain.observation import Observation
from godwit.domain.says import may_have_run
from godwit.domain.task import Goal, Task


def copying(source: Task) -> str:
    """Of `Copying`; one sentence, so that going on costs no write."""
    targets = tuple(copy.target for copy in copies_of(source))
    here, there = source.spec.node_name, source.spec.peer.node_name
    return f"{here} copies {disks(targets)} to {there}; the guest's memory follows"


def disks(targets: tuple[str, ...]) -> str:
    """`disk vda`, `disks vda and vdb`."""
    *most, last = targets
    return f"disks {', '.join(most)} and {last}" if most else f"disk {last}"


def left_behind(tasks: list[Task]) -> str:
    """What hosts did not remove, as the end of a message; empty when there is nothing."""
    told = [
        f"{left.kind.lower()} {left.path} on {task.spec.node_name} ({left.why})"
        for task in tasks
        for left in task.status.left_behind
    ]
    return f". Left behind: {'; '.join(told)}" if told else ""


def at_the_source(observation: Observation) -> str:
    """What became of the images that were copied, as the end of a message; `left_behind` has the rest."""
    source = observation.source
    if source is None:
        return ""
    host, asked = source.spec.node_name, observation.migration.spec.storage.source_images
    kept = [copy.path for copy in copies_of(source) if not copy.delete_source]
    gone = [copy.path for copy in _removed(source)]
    why = "nothing proves that they are that host's alone"
    if asked is SourceImages.KEEP:
        why = "spec.storage.sourceImages is Keep"
    keeps = f". {host} keeps the images that were copied, {' and '.join(kept)}: {why}"
    removed = f". {host} removed the images that were copied, {' and '.join(gone)} (sourceImages: Delete)"
    return f"{removed if gone else ''}{keeps if kept else ''}"


def source_images(source: Task | None, lines: tuple[Disk, ...], phase: Phase) -> tuple[Disk, ...]:
    """The lines of the disks with what became of the images that were to go, once it is known."""
    if source is None or phase not in FINAL_PHASES:
        return lines
    going = {copy.target: copy for copy in copies_of(source) if copy.delete_source}
    return tuple(
        replace(line, source_image=_became(source, going[line.target], phase))
        if line.target in going
        else line
        for line in lines
    )


def _became(source: Task, copy: Copy, phase: Phase) -> str:
    if phase is not Phase.SUCCEEDED:
        return f"kept: the migration ended as {phase}"
    if why := _why_left(source, copy):
        return f"kept: {why}"
    host = source.spec.node_name
    return "removed after the commit" if copy in _removed(source) else f"{host} has yet to remove it"


def _removed(source: Task) -> list[Copy]:
    """Those that were to go and that its agent has not told of as left behind."""
    if source.status.reached is not Goal.RELEASED:
        return []
    return [copy for copy in copies_of(source) if copy.delete_source and not _why_left(source, copy)]


def _why_left(source: Task, copy: Copy) -> str:
    return next((left.why for left in source.status.left_behind if left.path == copy.path), "")


def failed_there(observation: Observation) -> str:
    """What the destination saw go wrong with an image when it was too late to go back."""
    task = observation.destination
    failure = task.status.failure if task else None
    return f". But {task.spec.node_name}: {failure.message}" if task and failure else ""


def gone_with_the_copy(destination: Task) -> str:
    """What becomes of its images when the copy of the guest there is destroyed: for who decides that."""
    if not copies_of(destination):
        return ""
    if destination.spec.keep_images or may_have_run(destination):
        return " but its images stay there, with what the guest wrote since"
    made = any(copy.create for copy in copies_of(destination))
    return " with the images that were made for it" if made else ""


def gone_with_the_source(source: Task) -> str:
    """The same of the source's copy: nothing proves that it is no newer, so nothing but its QEMU goes."""
    deletes = any(copy.delete_source for copy in copies_of(source))
    return " but its images stay there, whatever sourceImages says" if deletes else ""
