"""Makes the images of copied disks at the destination, and takes images away: only what is ours.

Two writes make any number of images: all intents before the first of them, all identities after the last
one, these together with the goal. An agent that dies in between repeats it: what was intended and may exist
is removed as long as it is as empty as it was made, and made again. What is left behind is told in the host's
own Hypervisor before the task forgets it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from msgspec.structs import replace

from godwit.agent.together import settled
from godwit.domain.hosts import departed, images, kept
from godwit.domain.hosts.images import DIRECTORY, NVRAM, Looks
from godwit.domain.hosts.view import HostView
from godwit.domain.image import Copy, FileKind, ImageFacts, differences
from godwit.domain.image_journal import CreatedResource, LeftBehind, ResourceState
from godwit.domain.reasons import Reason
from godwit.domain.task import Failure, Task, TaskStatus
from godwit.hypervisor.ports import HypervisorError, Images, LeftAloneError

_LOOKS_MORE = 4
_LOOK_AGAIN_SECONDS = 0.3

Journal = Callable[[TaskStatus], Awaitable[None]]
"""Writes the status, fenced; raises when the task has changed."""
Tell = Callable[[tuple[LeftBehind, ...]], Awaitable[None]]
"""Keeps what stays in the Hypervisor's status; raises when that can't be written."""


class ImageKeeper:
    """Of one host; `tasks` are all that its watch sees, since others may have promises of space."""

    def __init__(self, port: Images, tasks: Callable[[], Iterable[Task]], tell: Tell) -> None:
        self._images = port
        self._tasks = tasks
        self._tell = tell
        self._counting = asyncio.Lock()
        """Two tasks that count the same free space at once would both find it free."""

    async def prepare(self, task: Task, journal: Journal) -> TaskStatus:
        """At the destination: all that the plan copies into is there, and what stays is still the same; or
        the status with its failure.
        """
        before = task.status
        stays = await self._kept(task)
        if failure := kept.changed(task, stays):
            return replace(before, failure=failure)
        own = kept.without_firmware(before.created_resources)
        task = replace(task, status=replace(before, created_resources=own))
        async with self._counting:
            failure = self._contested(task)
            if failure is None:
                task, failure = await self._taken_back(task)
            if failure is None:
                promised = images.on_their_way(self._tasks(), task)
                looks = await self._look(images.copies(task), promised)
                failure = images.in_the_way(task, looks, promised)
            if failure:
                return replace(task.status, failure=failure)
            to_make = images.intended(task, looks)
            firmware = kept.firmware(task, stays)
            intended = replace(task.status, created_resources=(*to_make, *firmware))
            if to_make and intended != before:
                await journal(intended)
        return await self._made(replace(task, status=intended), images.missing_levels(task, looks), journal)

    async def remove_created(self, task: Task) -> TaskStatus:
        """At the destination, whose domain is gone: the last that was made goes first."""
        why_all = images.stays(task)
        left: list[LeftBehind] = []
        for resource in reversed(task.status.created_resources):
            if resource.kind == NVRAM:
                left.extend(kept.left_firmware(resource, await self._seen(resource), why_all))
                continue
            if why_all and (await self._seen(resource)).kind is FileKind.ABSENT:
                continue  # somebody removed it: the directory that it lay in is what stays
            why = why_all or self._anothers(task, resource) or await self._taken_away(task, resource)
            if why and not _holds(resource, left):
                left.append(_left(resource, why, in_doubt=bool(why_all)))
        return replace(await self._leaving(task, left), created_resources=())

    async def remove_departed(self, view: HostView) -> TaskStatus:
        """At the source, whose definition is gone: the images that are to go with the guest."""
        status = view.task.status
        left: list[LeftBehind] = []
        looks = await self._images.look(tuple(resource.path for resource in status.removing))
        for resource, there in zip(status.removing, looks, strict=True):
            doubt = departed.why_it_stays(view, resource, there)
            if why := doubt or await self._removed(resource):
                left.append(_left(resource, why, in_doubt=bool(doubt)))
        if status.brought_back_at:  # these are the guest's, and no leftovers
            told = replace(status, left_behind=(*status.left_behind, *left))
        else:
            told = await self._leaving(view.task, left)
        return replace(told, removing=(), reached=view.task.spec.goal)

    async def _kept(self, task: Task) -> Looks:
        """libvirt lists nothing of a directory where a file vanishes under its look, and just now the source
        removes its tokens: what seems changed is looked at again.
        """
        paths = kept.paths(task)
        looks = Looks(await self._images.look(paths))
        for _ in range(_LOOKS_MORE):
            if kept.changed(task, looks) is None:
                break
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            looks = Looks(await self._images.look(paths))
        return looks

    def _contested(self, task: Task) -> Failure | None:
        paths = tuple(copy.path for copy in images.copies(task))
        why = images.contested(self._tasks(), task, paths)
        return Failure(Reason.IMAGE_EXISTS, f"{why}: two guests can't have one image") if why else None

    def _anothers(self, task: Task, resource: CreatedResource) -> str:
        """An empty image that nobody recorded may have been made for another migration a moment ago."""
        unknown = not resource.identity and resource.kind != DIRECTORY
        return images.contested(self._tasks(), task, (resource.path,)) if unknown else ""

    async def _seen(self, resource: CreatedResource) -> ImageFacts:
        (there,) = await self._images.look((resource.path,))
        return there

    async def _taken_away(self, task: Task, resource: CreatedResource) -> str:
        """As `_removed`, of what this task made; one that nobody recorded must be just as it was intended."""
        intended = next((copy for copy in images.copies(task) if copy.path == resource.path), None)
        if intended and not resource.identity:
            there = await self._seen(resource)
            if there.kind is FileKind.REGULAR and (differs := differences(intended, there)):
                return f"{resource.path} is not what was to be created: {differs}"
        return await self._removed(resource)

    async def _removed(self, resource: CreatedResource) -> str:
        """Why it was not; empty when it is gone."""
        try:
            await self._images.remove(resource.path, resource.identity)
        except LeftAloneError as error:
            return str(error)
        return ""

    async def _leaving(self, task: Task, left: list[LeftBehind]) -> TaskStatus:
        if left:
            await self._tell(tuple(left))
        return replace(task.status, left_behind=(*task.status.left_behind, *left))

    async def _taken_back(self, task: Task) -> tuple[Task, Failure | None]:
        """What an agent that died had intended may exist: what is certainly ours goes."""
        for resource in reversed(task.status.created_resources):
            # A directory that is there now is as good as one that is made.
            if resource.state is not ResourceState.INTENDED or resource.kind == DIRECTORY:
                continue
            if why := await self._taken_away(task, resource):
                return task, Failure(Reason.IMAGE_EXISTS, f"{resource.path} exists, and stays: {why}")
        return task, None

    async def _look(self, own: tuple[Copy, ...], promised: tuple[Copy, ...]) -> Looks:
        # What is written over can't be taken back: then layers of other guests are looked for everywhere.
        over = any(not copy.create for copy in own)
        wanted = (*own, *promised)
        paths = tuple(dict.fromkeys(copy.path for copy in wanted))
        seen, places = await asyncio.gather(
            self._images.look(paths, everywhere=over),
            self._images.directories(images.directories(wanted)),
        )
        return Looks(seen, places)

    async def _made(self, task: Task, levels: tuple[str, ...], journal: Journal) -> TaskStatus:
        """Directories one after another, then all images at once."""
        status, failures = task.status, list[HypervisorError]()
        for level in levels:
            try:
                identity = await self._images.make_directory(level)
            except LeftAloneError as error:  # made by another migration since: its images may lie in it, too
                status = _unless_not_ours(status, level, error)
                continue
            except HypervisorError as error:
                return await self._failed(_unless_not_ours(status, level, error), [error], journal)
            status = _with(status, level, identity)
        missing = [copy for copy in images.copies(task) if copy.create and not _is_made(status, copy)]
        for copy, result in zip(missing, await settled(map(self._images.create, missing)), strict=True):
            if isinstance(result, str):
                status = _with(status, copy.path, result)
            elif isinstance(result, HypervisorError):
                failures.append(result)
                status = _unless_not_ours(status, copy.path, result)
            else:
                raise result
        return await self._failed(status, failures, journal) if failures else _reached(task, status)

    async def _failed(
        self, status: TaskStatus, failures: list[HypervisorError], journal: Journal
    ) -> TaskStatus:
        """What was made is known; where libvirt gave no answer it is asked again."""
        for error in failures:
            if error.reason is Reason.LIBVIRT_UNREACHABLE:
                await journal(status)
                raise error
        return replace(status, failure=Failure(failures[0].reason, "; ".join(map(str, failures))))


def _left(resource: CreatedResource, why: str, *, in_doubt: bool) -> LeftBehind:
    return LeftBehind(resource.kind, resource.path, why, resource.identity, in_doubt)


def _reached(task: Task, status: TaskStatus) -> TaskStatus:
    return replace(status, reached=task.spec.goal)


def _with(status: TaskStatus, path: str, identity: str) -> TaskStatus:
    return replace(status, created_resources=images.created(status.created_resources, path, identity))


def _is_made(status: TaskStatus, copy: Copy) -> bool:
    found = images.recorded(status, copy.path)
    return found is not None and found.state is ResourceState.CREATED


def _unless_not_ours(status: TaskStatus, path: str, error: HypervisorError) -> TaskStatus:
    """Where somebody was quicker, what lies there is certainly not ours."""
    if not isinstance(error, LeftAloneError):
        return status
    kept = tuple(resource for resource in status.created_resources if resource.path != path)
    return replace(status, created_resources=kept)


def _holds(resource: CreatedResource, left: list[LeftBehind]) -> bool:
    """A directory of something that stays is no leftover of its own."""
    return resource.kind == DIRECTORY and any(one.path.startswith(f"{resource.path}/") for one in left)
