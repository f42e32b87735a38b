"""The images at the destination, before the job: what stands in their way, and what has to be made.

Everything is looked at once more directly before anything is made, and all that is wrong is told at once.
What is to be made is written down first, directories level by level, then the images. An agent that was
killed reads there what may exist: what was intended and is as empty as it was made goes, and is made again.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from godwit.domain.image import Copy, DirectoryFacts, FileKind, ImageFacts
from godwit.domain.image_journal import CreatedResource, ResourceState
from godwit.domain.reasons import Reason
from godwit.domain.storage import space
from godwit.domain.storage.paths import directory_of, normal
from godwit.domain.storage.source_image import same_format, size_in
from godwit.domain.task import GOAL_ENDS, Failure, Goal, Role, Task, TaskStatus
from godwit.domain.value import Value

MOST_RESOURCES = 4096
IMAGE, DIRECTORY, NVRAM = "Image", "Directory", "NVRAM"


class Looks(Value):
    """What one look at the host showed."""

    images: tuple[ImageFacts, ...] = ()
    directories: tuple[DirectoryFacts, ...] = ()

    def image(self, path: str) -> ImageFacts:
        """At that path."""
        unseen = ImageFacts(path=path, kind=FileKind.UNKNOWN, message="it was not looked at")
        return next((image for image in self.images if normal(image.path) == normal(path)), unseen)

    def directory(self, path: str) -> DirectoryFacts | None:
        """That path."""
        return next((there for there in self.directories if normal(there.path) == normal(path)), None)


def copies(task: Task) -> tuple[Copy, ...]:
    """Of its plan."""
    return task.spec.plan.copies if task.spec.plan else ()


def directories_of(paths: Iterable[str]) -> tuple[str, ...]:
    """Where images lie, each once; a device is no image."""
    return tuple(dict.fromkeys(directory_of(path) for path in paths if not path.startswith("/dev/")))


def directories(wanted: Iterable[Copy]) -> tuple[str, ...]:
    """Of their images."""
    return directories_of(copy.path for copy in wanted)


def on_their_way(tasks: Iterable[Task], own: Task) -> tuple[Copy, ...]:
    """Copies that this host has promised to other migrations, and that may not be complete yet."""
    return tuple(
        copy
        for task in tasks
        if task.spec.node_name == own.spec.node_name and task.name != own.name and _has_a_promise(task)
        for copy in copies(task)
    )


def _has_a_promise(task: Task) -> bool:
    status = task.status
    if task.spec.role is not Role.DESTINATION or task.spec.goal in GOAL_ENDS or status.failure:
        return False
    return status.reached is Goal.PREPARED or bool(status.created_resources)


def contested(tasks: Iterable[Task], own: Task, paths: Iterable[str]) -> str:
    """Why none of these paths may be touched: another migration to this host has them in its plan, too."""
    wanted = {normal(path) for path in paths}
    for task in tasks:
        if task.spec.node_name != own.spec.node_name or task.name == own.name or not _is_coming(task):
            continue
        if both := sorted(wanted & {normal(copy.path) for copy in copies(task)}):
            return f"the migration of VM {task.spec.vm.name} copies into {' and '.join(both)} as well"
    return ""


def _is_coming(task: Task) -> bool:
    """With a plan, and perhaps with images that it has not told of yet."""
    here = task.spec.role is Role.DESTINATION and task.spec.goal not in GOAL_ENDS
    return here and not task.status.failure


def in_the_way(task: Task, looks: Looks, promised: tuple[Copy, ...]) -> Failure | None:
    """All that is wrong with the places of the copies; the reason is the first one's."""
    found = [
        *_too_many(task, looks),
        *(wrong for copy in copies(task) if (wrong := _wrong(copy, task.status, looks))),
        *_too_full(copies(task), promised, looks),
    ]
    if not found:
        return None
    return Failure(found[0].reason, "; ".join(wrong.message for wrong in found))


def _too_many(task: Task, looks: Looks) -> list[Failure]:
    """What is made is written down before, all of it."""
    levels = len(missing_levels(task, looks))
    if len(copies(task)) + levels < MOST_RESOURCES:
        return []
    why = f"{levels} directories would have to be made here: make them yourself"
    return [Failure(Reason.LIBVIRT_ERROR, why)]


def _wrong(copy: Copy, status: TaskStatus, looks: Looks) -> Failure | None:
    there, place = looks.image(copy.path), looks.directory(directory_of(copy.path))
    named = f"disk {copy.target}: {copy.path}"
    if there.kind is FileKind.UNKNOWN:
        return Failure(
            Reason.LIBVIRT_ERROR, f"{named} can't be looked at: {there.message or 'nobody says why'}"
        )
    if place is None or not place.allowed:
        why = place.message if place and place.message else "it is no place for images"
        return Failure(Reason.LIBVIRT_ERROR, f"{named}: nothing may be made or written there: {why}")
    if not copy.create:
        return _unlike_before(copy, there, named)
    made = recorded(status, copy.path)
    if made is not None and made.state is ResourceState.CREATED:
        if there.kind is FileKind.REGULAR and there.identity == made.identity:
            return None
        return Failure(Reason.IMAGE_MISSING, f"{named} was made for this migration, and is gone")
    if there.kind is not FileKind.ABSENT:
        why = f"{named} exists ({there.kind.lower()}): nothing is made in its place, and it stays"
        return Failure(Reason.IMAGE_EXISTS, why)
    return None


def _unlike_before(copy: Copy, there: ImageFacts, named: str) -> Failure | None:
    """`provisioning: MustExist`: still the very image that the inspection saw, and still nobody's."""
    if there.kind is not FileKind.REGULAR:
        return Failure(Reason.IMAGE_MISSING, f"{named} must exist as a file, and is {there.kind.lower()} now")
    unlike = []
    if not same_format(copy.format, there.format):
        unlike.append(f"its format is {there.format or 'unknown'}, and not {copy.format}")
    # Of a raw image that holds a head of LUKS libvirt takes the head off; `changed` tells the rest.
    if copy.virtual_size_bytes not in (there.virtual_size_bytes, size_in(there, encrypted=False)):
        unlike.append(f"it has {there.virtual_size_bytes} bytes, and not {copy.virtual_size_bytes}")
    changed = there.fingerprint.changed if there.fingerprint else None
    if copy.existing is None or changed != copy.existing.changed:
        unlike.append("somebody has changed it since it was inspected")
    if there.backing:
        unlike.append(f"it is layered on {there.backing}")
    if there.used_by:
        unlike.append(f"it is named by {', '.join(there.used_by)}")
    if not unlike:
        return None
    return Failure(Reason.IMAGE_MISSING, f"{named} is not the image that was checked: {', '.join(unlike)}")


def _too_full(own: tuple[Copy, ...], promised: tuple[Copy, ...], looks: Looks) -> list[Failure]:
    """Counted as the preflight did, with what is there by now."""
    there = {image.path: image.allocated_bytes or 0 for image in looks.images}
    short = space.shortages(own, looks.directories, space.promises(promised, there))
    return [Failure(Reason.NO_SPACE, one.sentence) for one in short]


def intended(task: Task, looks: Looks) -> tuple[CreatedResource, ...]:
    """With what was recorded before: a directory comes before what lies in it."""
    wanted = [copy for copy in copies(task) if copy.create]
    known = {resource.path: resource for resource in task.status.created_resources}
    for level in missing_levels(task, looks):
        known[level] = CreatedResource(DIRECTORY, level, ResourceState.INTENDED)
    for copy in wanted:
        made = known.pop(copy.path, None)  # behind its directory
        known[copy.path] = made or CreatedResource(IMAGE, copy.path, ResourceState.INTENDED)
    return tuple(known.values())


def missing_levels(task: Task, looks: Looks) -> tuple[str, ...]:
    """Directories that are not there, each behind the one that it lies in."""
    places = (looks.directory(path) for path in directories(copy for copy in copies(task) if copy.create))
    return tuple(dict.fromkeys(level for place in places if place for level in place.missing))


def recorded(status: TaskStatus, path: str) -> CreatedResource | None:
    """What the journal says of that path."""
    return next((resource for resource in status.created_resources if resource.path == path), None)


def created(resources: tuple[CreatedResource, ...], path: str, identity: str) -> tuple[CreatedResource, ...]:
    """The same, with that one made."""
    return tuple(
        replace(resource, state=ResourceState.CREATED, identity=identity)
        if resource.path == path
        else resource
        for resource in resources
    )


def identities(task: Task) -> dict[str, str]:
    """By path: what lies there while the guest is copied; only what was told apart at that time."""
    looked_at = {image.path: image.identity for image in task.status.images}
    made = {resource.path: resource.identity for resource in task.status.created_resources}
    known = {
        copy.path: made.get(copy.path, "") if copy.create else looked_at.get(copy.path, "")
        for copy in copies(task)
    }
    return {path: identity for path, identity in known.items() if identity}


def stays(task: Task) -> str:
    """Why a roll-back removes none of its images; empty where it may."""
    status = task.status
    if task.spec.keep_images:
        return "the guest may have run from it: the operator said so"
    if status.resumed_at or status.resuming_at or status.suspending_at:
        return "the guest has run from it here: nobody but a person knows whether it is needed"
    return ""
