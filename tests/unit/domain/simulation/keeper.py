"""What an agent does to images, step by step; each `yield` is a place to die."""

from collections.abc import Callable, Generator

from msgspec.structs import replace

from godwit.domain.guest import GuestFacts
from godwit.domain.hosts import departed, images
from godwit.domain.hosts.images import DIRECTORY, Looks
from godwit.domain.hosts.view import HostView
from godwit.domain.image_journal import CreatedResource, LeftBehind, ResourceState
from godwit.domain.reasons import Reason
from godwit.domain.task import Failure, Goal, Role, Task, TaskStatus

from .files import LOCAL, LeftAloneError
from .world import World

Steps = Generator[None, None, TaskStatus]


class ImageKeeper:
    """As `godwit.agent.images` does it."""

    def __init__(self, world: World, role: Role, write: Callable[[Task, TaskStatus], Task]) -> None:
        self.world, self.role, self.write = world, role, write
        self.files = world.files

    def with_image(self, facts: GuestFacts) -> GuestFacts:
        """At the source."""
        if not self.world.copied:
            return facts
        return replace(facts, disks=(*facts.disks, replace(LOCAL, image=self.files.look(self.role))))

    def inspected(self, status: TaskStatus) -> TaskStatus:
        """At the destination."""
        looks = self._look()
        return replace(status, images=looks.images, directories=looks.directories)

    def missing(self, task: Task) -> tuple[str, ...]:
        there = self.files.of[self.role]
        return tuple(
            path
            for path, identity in images.identities(task).items()
            if path not in there or there[path].identity != identity
        )

    def prepare(self, task: Task, stored: Task) -> Generator[None, None, tuple[TaskStatus, Task]]:
        status = task.status
        for resource in reversed(status.created_resources):
            if resource.state is ResourceState.INTENDED and resource.kind != DIRECTORY:
                if not self._removed(resource):
                    exists = Failure(Reason.IMAGE_EXISTS, resource.path)
                    return replace(status, failure=exists), stored
                yield
        looks = self._look()
        yield
        if failure := images.in_the_way(task, looks, ()):
            return replace(status, failure=failure), stored
        intended = replace(status, created_resources=images.intended(task, looks))
        if intended != status:
            stored = self.write(stored, intended)
            yield
        status = intended
        for level in images.missing_levels(task, looks):
            try:
                status = _made(status, level, self.files.make_directory(self.role))
            except LeftAloneError:
                return _not_ours(status, level), stored
            yield
        for copy in images.copies(task):
            try:
                status = _made(status, copy.path, self.files.create(self.role, copy))
            except LeftAloneError:
                return _not_ours(status, copy.path), stored
            yield
        return replace(status, reached=Goal.PREPARED), stored

    def remove_created(self, task: Task) -> Steps:
        status, left = task.status, list[LeftBehind]()
        why = images.stays(task)
        for resource in reversed(status.created_resources):
            if why and resource.path not in self.files.of[self.role]:
                continue
            if (why or not self._removed(resource)) and not (left and resource.kind == DIRECTORY):
                left.append(LeftBehind(resource.kind, resource.path, why or "not ours"))
            yield
        self._tell(left)
        yield
        return replace(status, created_resources=(), left_behind=(*status.left_behind, *left))

    def remove_departed(self, view: HostView) -> Steps:
        status, left = view.task.status, list[LeftBehind]()
        for resource in status.removing:
            there = self.files.look(self.role)
            yield
            why = departed.why_it_stays(view, resource, there)
            if why or not self._removed(resource):
                left.append(LeftBehind(resource.kind, resource.path, why or "not ours"))
            yield
        self._tell(left)
        yield
        return replace(status, removing=(), left_behind=(*status.left_behind, *left), reached=Goal.RELEASED)

    def _look(self) -> Looks:
        if not self.world.copied:
            return Looks()
        return Looks((self.files.look(self.role),), (self.files.directory(self.role),))

    def _removed(self, resource: CreatedResource) -> bool:
        try:
            self.files.remove(self.role, resource.path, resource.identity)
        except LeftAloneError:
            return False
        return True

    def _tell(self, left: list[LeftBehind]) -> None:
        self.files.told |= {(self.role, one.path) for one in left}


def _made(status: TaskStatus, path: str, identity: str) -> TaskStatus:
    return replace(status, created_resources=images.created(status.created_resources, path, identity))


def _not_ours(status: TaskStatus, path: str) -> TaskStatus:
    kept = tuple(resource for resource in status.created_resources if resource.path != path)
    return replace(status, created_resources=kept, failure=Failure(Reason.IMAGE_EXISTS, path))
