"""What people are told about images: which are copied, which stay where they are, and why."""

from godwit.domain.copies import copies_of
from godwit.domain.disks import SourceImages
from godwit.domain.observation import Observation
from godwit.domain.says import may_have_run
from godwit.domain.task import Task


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


def kept_at_the_source(observation: Observation) -> str:
    """The images that were copied and that nobody was to remove, as the end of a message."""
    source = observation.source
    kept = [copy.path for copy in copies_of(source) if not copy.delete_source] if source else []
    if source is None or not kept:
        return ""
    asked = observation.migration.spec.storage.source_images is SourceImages.DELETE
    why = "nothing proves that they are that host's alone" if asked else "spec.storage.sourceImages is Keep"
    return f". {source.spec.node_name} keeps the images that were copied, {' and '.join(kept)}: {why}"


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
