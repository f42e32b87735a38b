"""An agent: it looks, decides by the domain, writes, and acts. Each `yield` is a place to die."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from godwit.domain.guest import DomainState, GuestView, Job, JobStats, Marks
from godwit.domain.hosts import departed, destination, source
from godwit.domain.hosts.view import Call, HostAct, HostDecision, HostView
from godwit.domain.image_journal import CreatedResource, ResourceState
from godwit.domain.reasons import Reason
from godwit.domain.says import attempt_mark
from godwit.domain.task import Failure, Goal, Order, Probe, Role, StopDetail, Stopped, Task, TaskStatus

from ..builders import CONTACT, FACTS, OFFER, OUTLOOK, TAKEN, WRITTEN
from .api import Api, Change
from .files import TOKEN
from .keeper import ImageKeeper
from .libvirt import Domain, Libvirt
from .world import World

Pass = Generator[None, None, float | None]
MOST_STEPS = 8
TRY_AGAIN_SECONDS = 2.0
LIBVIRT_AWAY_SECONDS = 1.0
BLIND_SECONDS = 30.0
ENDS = frozenset({Goal.RELEASED, Goal.ROLLED_BACK})
AWAY = Failure(Reason.LIBVIRT_UNREACHABLE, "libvirtd is away")


@dataclass
class Memory:
    """What dies with the process."""

    call: Call = Call.NONE
    call_failure: Failure | None = None
    answered_since: datetime | None = None
    quiet_since: datetime | None = None
    unanswered_since: datetime | None = None
    stopped: Stopped | None = None
    resumed_at: datetime | None = None


class Agent:
    """One process on one host."""

    def __init__(self, world: World, role: Role, number: int, wake: Callable[[], None]) -> None:
        self.world, self.role, self.wake = world, role, wake
        self.id = f"{role.lower()}-{number}"
        self.keeper = ImageKeeper(world, role, self._write)
        self.task: Task | None = None
        self.memory = Memory()
        self.looked_at = world.now

    @property
    def api(self) -> Api:
        return self.world.api

    @property
    def libvirt(self) -> Libvirt:
        return self.world.libvirt

    @property
    def domain(self) -> Domain:
        return self.libvirt.source if self.role is Role.SOURCE else self.libvirt.destination

    def see(self, change: Change) -> None:
        """What the watch brings; an older version than its own write is passed over."""
        _, now = change
        if isinstance(now, Task) and now.spec.role is self.role:
            if self.task is None or int(now.resource_version) > int(self.task.resource_version):
                self.task = now
        elif now is None and self.task and change[0] == self.task.name:
            self.task = None

    def hear(self, stop: StopDetail | None, runs: bool) -> None:
        """What libvirt's event brings."""
        if stop:
            self.memory.stopped = Stopped(stop, self.world.now)
        elif runs:
            self.memory.stopped, self.memory.resumed_at = None, self.world.now

    def lose_libvirt(self) -> None:
        """The connection is gone, and whatever waited for an answer gets none."""
        if self.memory.call is Call.RUNNING:
            self.memory.call = Call.NONE
        self.memory.answered_since = self.memory.quiet_since = None

    def run(self) -> Pass:
        """One pass; the seconds until the next."""
        stored = working = self.task
        if stored is None or working is None:
            return None
        for _ in range(MOST_STEPS):
            if self.role in self.libvirt.away:
                return self._wait(stored)
            view = self._look(working)
            yield
            decision = self._decide(view)
            if decision.status != stored.status:
                stored = self._write(stored, decision.status)
                yield
            self._note_what_is_written(view)
            working = replace(stored, status=decision.status)
            if decision.act is HostAct.NONE:
                return decision.again_after_seconds
            status, stored = yield from self._act(decision.act, replace(view, task=working), stored)
            yield
            working = replace(stored, status=status)
        return TRY_AGAIN_SECONDS

    def _wait(self, stored: Task) -> float:
        self.memory.answered_since = self.memory.quiet_since = None
        since = self.memory.unanswered_since = self.memory.unanswered_since or self.world.now
        blind = (self.world.now - since).total_seconds() >= BLIND_SECONDS
        over = stored.status.reached is stored.spec.goal and stored.spec.goal in ENDS
        told = replace(stored.status, waiting=AWAY, blind=blind or stored.status.blind)
        if told != stored.status and not over:
            self._write(stored, told)
        return LIBVIRT_AWAY_SECONDS

    def _look(self, task: Task) -> HostView:
        self.looked_at = self.world.now
        claimed = self.api.holder == task.spec.migration_ref.uid
        guest = self.domain.view()
        memory = self.memory
        memory.unanswered_since = None
        memory.answered_since = memory.answered_since or self.world.now
        if guest.job is not Job.NONE:
            memory.quiet_since = None
        elif memory.quiet_since is None:
            memory.quiet_since = self.world.now
        view = HostView(
            task=task,
            guest=guest,
            agent=self.id,
            call=memory.call,
            call_failure=memory.call_failure,
            answered_seconds=self._seconds(memory.answered_since),
            quiet_seconds=self._seconds(memory.quiet_since),
            stopped=memory.stopped,
            resumed_at=memory.resumed_at,
            claimed=claimed,
            stats=self._stats(guest),
            completed=self.libvirt.stats if memory.stopped else None,
        )
        if self.role is Role.SOURCE:
            images = (self.world.files.look(self.role),) if source.images_to_look_at(view) else ()
            peer = self.api.tasks.get(task.spec.peer.task) if departed.wants_peer(view) else None
            return replace(view, images=images, peer=peer)
        if destination.wants_peer(task, destination.ours_waits(view)):
            return replace(view, peer=self.api.tasks.get(task.spec.peer.task))
        if destination.wants_images(view):
            return replace(view, missing_images=self.keeper.missing(task))
        return view

    def _note_what_is_written(self, view: HostView) -> None:
        """From now on nobody can say that he has not seen it."""
        acts = self.world.acts
        if self.role is Role.SOURCE and view.guest.active and acts.is_brought_back:
            acts.seen_back_at = acts.seen_back_at or self.world.now

    def _seconds(self, since: datetime | None) -> float:
        return (self.world.now - since).total_seconds() if since else 0.0

    def _stats(self, guest: GuestView) -> JobStats | None:
        return self.libvirt.stats if guest.job is Job.MIGRATION_OUT else None

    def _decide(self, view: HostView) -> HostDecision:
        if self.role is Role.SOURCE:
            return source.decide(view, self.world.now)
        return destination.decide(view, self.world.now)

    def _write(self, stored: Task, status: TaskStatus) -> Task:
        self.task = self.api.write_task_status(stored, status)
        return self.task

    def _act(
        self, act: HostAct, view: HostView, stored: Task
    ) -> Generator[None, None, tuple[TaskStatus, Task]]:
        task, status, domain = view.task, view.task.status, self.domain
        match act:
            case HostAct.INSPECT if self.role is Role.SOURCE:
                return (yield from self._inspect(task, stored))
            case HostAct.INSPECT:
                there = domain.view()
                namesakes = () if there.state is DomainState.ABSENT else (there,)
                probes = tuple(self._read(probe) for probe in task.spec.probes)
                contact = CONTACT if task.spec.contact else None
                status = replace(
                    status,
                    namesakes=namesakes,
                    probes=probes,
                    reception=TAKEN,
                    contact=contact,
                    reached=Goal.INSPECTED,
                )
                status = self.keeper.inspected(status)
            case HostAct.PREPARE if self.role is Role.DESTINATION:
                return (yield from self.keeper.prepare(task, stored))
            case HostAct.REMOVE_IMAGES if self.role is Role.DESTINATION:
                status = yield from self.keeper.remove_created(task)
            case HostAct.REMOVE_IMAGES:
                status = yield from self.keeper.remove_departed(view)
            case HostAct.PREPARE:
                self._change(autostart=False)
                yield
                if not domain.active:
                    return replace(status, failure=Failure(Reason.LIBVIRT_ERROR, "not running")), stored
                domain.live = Marks(run=status.run_mark)
                yield
                status = self._remove_files(status)
            case HostAct.START:
                self._start(task)
            case HostAct.ABORT:
                self.libvirt.abort = True
            case HostAct.RESTORE:
                assert status.facts is not None
                self._change(autostart=status.facts.view.autostart)
                yield
                domain.live = Marks()
                yield
                status = self._remove_files(status)
            case HostAct.UNDEFINE:
                self.world.acts.undefine(self.looked_at, committed=self.world.committed)
            case HostAct.RESUME:
                self.world.acts.resume(self.role, self.looked_at)
            case HostAct.SUSPEND:
                self.world.acts.suspend(self.role)
            case HostAct.START_ANEW:
                assert status.starting_anew_at, "a guest was started without the intent"
                self.world.acts.start()
            case HostAct.DESTROY:
                assert status.destroying_at, "a guest was destroyed without the intent"
                very_one = task.spec.order is Order.DESTROY_WAITING
                self.world.acts.destroy(status.run_mark if very_one else None)
            case HostAct.REMOVE:
                self.world.acts.remove(attempt_mark(task))
            case HostAct.SETTLE:
                self._change(autostart=bool(task.spec.plan and task.spec.plan.autostart))
                yield
                domain.live = domain.defined = Marks()
        return status, stored

    def _inspect(self, task: Task, stored: Task) -> Generator[None, None, tuple[TaskStatus, Task]]:
        written = (WRITTEN, TOKEN) if self.world.copied else (WRITTEN,)
        intended = tuple(CreatedResource("ProbeFile", one.path, ResourceState.INTENDED) for one in written)
        facts = self.keeper.with_image(replace(FACTS, view=self.domain.view()))
        run_mark = task.status.run_mark or f"mark-{self.id}"
        status = replace(
            task.status,
            facts=facts,
            outlook=OUTLOOK,
            offer=OFFER,
            run_mark=run_mark,
            created_resources=intended,
        )
        stored = self._write(stored, status)
        yield
        for one in written:
            self.world.tokens.add(one.path)
            yield
        created = tuple(replace(one, state=ResourceState.CREATED) for one in intended)
        status = replace(status, probes=written, created_resources=created, reached=Goal.INSPECTED)
        return status, stored

    def _read(self, probe: Probe) -> Probe:
        if probe.path == TOKEN.path:
            return replace(probe, message="it is not there", file_system=TOKEN.file_system)
        there = probe.path in self.world.tokens
        return replace(
            probe, token=WRITTEN.token if there else "", file_system=self.world.destination_file_system
        )

    def _remove_files(self, status: TaskStatus) -> TaskStatus:
        for resource in status.created_resources:
            self.world.tokens.discard(resource.path)
        return replace(status, created_resources=())

    def _change(self, *, autostart: bool) -> None:
        assert self.domain.job is not Job.MIGRATION_OUT, "libvirt refuses to change a guest that migrates"
        if self.domain.persistent:
            self.domain.autostart = autostart

    def _start(self, task: Task) -> None:
        memory = self.memory
        assert task.spec.plan is not None
        assert self.world.starting_is_written(task), "a job was started that nobody has written down"
        memory.call = Call.RUNNING

        def returned(failure: Failure | None) -> None:
            if memory.call is not Call.RUNNING:
                return
            memory.call, memory.call_failure = Call.RETURNED, failure
            self.wake()

        self.world.begin(self.libvirt.migrate(task.spec.plan, attempt_mark(task), returned))
