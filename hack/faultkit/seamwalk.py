"""One step of the walk: a guest moves, somebody is killed at a seam, and everything comes back by itself."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from benchkit.traces import Traces
from faultkit.acts import arm
from faultkit.checker import findings, snapshot
from faultkit.client import MIGRATIONS, Story
from faultkit.courses import Course
from faultkit.ends import Before, Ended
from faultkit.plan import Plan
from faultkit.rig import Rig
from faultkit.run import SLOW_RATE
from faultkit.sampler import sampling, two_at_once
from faultkit.scene import jobs
from faultkit.seameyes import Eyes
from faultkit.seams import Seam, Who
from faultkit.settle import ATTENTION, PROMISED_SECONDS, rest
from faultkit.stage import Stage
from faultkit.timeline import timeline
from godwit.api.render import render_migration
from godwit.domain.disks import SourceImages
from godwit.domain.migration import Destination, MigrationSpec, VMSelector
from labkit import links
from labkit.lab import Plane, hosts
from labkit.shell import LabError, wait_for
from labkit.targets import locate


@dataclass(frozen=True, slots=True)
class Walked:
    """No `findings` when it ended as it would have without the kill."""

    findings: list[str]
    timeline: list[str]
    """What happened, in seconds since it began; at last what the status said."""


class Walker:
    """Walks by one seam after the other, in one namespace."""

    def __init__(self, rig: Rig, namespace: str) -> None:
        self._rig = rig
        self._namespace = namespace
        self._number = 0

    def walk(self, seam: Seam) -> Walked:
        """To the end of one migration."""
        self._number += 1
        self._rig.mend()
        plan = Plan(
            seed=0,
            run=self._number,
            kind=seam.kind,
            paused=False,
            transient=False,
            autostart=True,
            strikes=(),
            resolution="",
        )
        guest = self._rig.guests.ready(plan)
        before = snapshot(self._rig.lab, guest.name)
        stage = self._stage(before)
        found: list[str] = []
        with sampling(self._rig.lab, guest) as samples:
            try:
                found += self._play(stage, seam, before)
            except LabError as error:
                found.append(str(error))
            finally:
                stage.story.end()
        found += two_at_once(samples)
        if found:
            self._rig.guests.end()  # the next walk begins with a guest that nothing has happened to
        told = timeline(stage.began, stage.notes, stage.story.phases, [], samples)
        return Walked(found, [*told, _why(stage)])

    def _stage(self, before: Before) -> Stage:
        name = f"seam-{self._number}"
        return Stage(
            lab=self._rig.lab,
            client=self._rig.client,
            guest=self._rig.guests.load(before.name),
            source=before.host,
            destination=next(host for host in hosts(self._rig.lab) if host != before.host),
            namespace=self._namespace,
            name=name,
            story=Story(self._rig.client, self._namespace, name),
            heard=Traces(),
        )

    def _play(self, stage: Stage, seam: Seam, before: Before) -> list[str]:
        fault, who = f"{seam.who}-killed", _words(stage, seam.who)
        killed = set(locate(stage.lab, who).pids())
        armed = arm(stage, fault)
        eyes = Eyes(self._rig.client, stage)

        def strike() -> None:
            armed.strike()
            stage.struck.append(fault)
            stage.note(f"{fault} at {seam}")

        struck = eyes.when(seam.sights, strike)
        with ExitStack() as until_the_end, eyes.opened():
            if seam.course.slow:
                until_the_end.enter_context(_slow(stage))
            _change_in_time(stage, seam.course, eyes)
            self._create(stage, seam)
            stage.story.begin()
            if not struck.wait(PROMISED_SECONDS):
                return [f"{seam}: its moment never came; {stage.story.phase}"]
            came_at = time.time()
            if seam.course.change_at is None:
                until_the_end.close()
            came = rest(stage, came_at, healed=True)
        found = [*came.findings, *_ending(stage, seam.course)]
        wait_for("all to be closed", lambda: stage.story.closed, PROMISED_SECONDS, 0.05)
        wait_for(f"another {' '.join(who)}", lambda: _is_back(stage, who, killed), PROMISED_SECONDS)
        deletes = seam.course.storage.source_images is SourceImages.DELETE
        ended = Ended(stage.story.phase, stage.destination, deletes=deletes)
        return [*found, *_adopted(stage, before), *findings(stage.lab, before, ended)]

    def _create(self, stage: Stage, seam: Seam) -> None:
        spec = MigrationSpec(
            vm=VMSelector(name=stage.guest.name),
            destination=_to(stage, seam.course),
            tuning=seam.course.tuning,
            storage=seam.course.storage,
        )
        body = render_migration(stage.namespace, stage.name, spec)
        stage.client.must("POST", MIGRATIONS.format(stage.namespace), body)


def _to(stage: Stage, course: Course) -> Destination:
    """The same host, by its name or by its label."""
    if course.chosen:
        return Destination(node_selector={"kubernetes.io/hostname": stage.destination})
    return Destination(stage.destination)


def _words(stage: Stage, who: Who) -> list[str]:
    """As `hack/lab kill` takes it."""
    match who:
        case Who.OPERATOR:
            return ["operator"]
        case Who.SOURCE:
            return ["agent", stage.source]
        case Who.DESTINATION:
            return ["agent", stage.destination]


def _change_in_time(stage: Stage, course: Course, eyes: Eyes) -> None:
    """The user's change of mind, at its own sight."""
    if course.change_at is None:
        return
    armed = arm(stage, course.change)

    def change() -> None:
        armed.strike()
        stage.note(course.change)

    eyes.when((course.change_at,), change)


@contextmanager
def _slow(stage: Stage) -> Iterator[None]:
    links.shape(stage.lab, stage.source, Plane.DATA, SLOW_RATE)
    try:
        yield
    finally:
        links.clear(stage.lab, stage.source, Plane.DATA)


def _ending(stage: Stage, course: Course) -> list[str]:
    """It ends as without the kill, and never asks for a person."""
    found = [] if stage.story.phase in course.ends else [f"it ends as {stage.story.phase}: {_why(stage)}"]
    asked = ATTENTION in [phase for phase, _ in stage.story.phases]
    return [*found, "it asked for a person"] if asked else found


def _adopted(stage: Stage, before: Before) -> list[str]:
    """A job that had begun is never given up because somebody died."""
    begun = jobs(stage.lab, before.name) - before.scene.jobs
    return ["libvirt's job had begun, and was given up"] if stage.story.phase == "Failed" and begun else []


def _why(stage: Stage) -> str:
    return " ".join(each.get("message", "") for each in stage.story.status.get("conditions", [])[:1])


def _is_back(stage: Stage, who: list[str], killed: set[int]) -> bool:
    """A new process, and none of the old ones."""
    now = set(locate(stage.lab, who).pids())
    return bool(now) and now.isdisjoint(killed)
