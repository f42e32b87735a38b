"""One migration of one guest under faults. When it has ended, an independent checker holds the promises."""

import itertools
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from benchkit.traces import listening
from faultkit.acts import arm
from faultkit.checker import findings, snapshot
from faultkit.client import Body, Story
from faultkit.ends import Before, Ended
from faultkit.moments import wait_moment
from faultkit.plan import At, Kind, Moment, Plan
from faultkit.resolution import resolve
from faultkit.rig import Rig
from faultkit.run import SLOW_RATE
from faultkit.sampler import Sample, sampling, two_at_once
from faultkit.scene import jobs
from faultkit.settle import ATTENTION, PROMISED_SECONDS, STANDS_SECONDS, undecidable
from faultkit.stage import Stage
from faultkit.timeline import timeline
from labkit import faults, links
from labkit.containers import NAMESPACE
from labkit.guest import state, whereabouts
from labkit.lab import Plane

from ..lab import wait_until

LATE_SECONDS = 3 * PROMISED_SECONDS
SWITCHOVER = Moment(At.SWITCHOVER)
JOB = Moment(At.JOB)
HALF = Moment(At.SHARE, 40)
"""So much of the memory is sent."""
HALF_COPIED = Moment(At.COPY, 40)
"""So much of the disks is copied."""


DELETES = {"sourceImages": "Delete"}
MUST_EXIST = {"provisioning": "MustExist"}
TASKS = f"/apis/godwit.dev/v1alpha1/namespaces/{NAMESPACE}/migrationtasks"


class Trial:
    """A migration that was applied. Its `stage` knows the hosts, and what libvirt and the watch have told."""

    def __init__(self, stage: Stage, before: Before, samples: Sequence[Sample]) -> None:
        self.stage = stage
        self.before = before
        self._samples = samples
        self._names = itertools.count(2)
        self._stories = [stage.story]
        self.deletes = False
        """The source's images go after the commit."""

    @contextmanager
    def fault(self, *names: str, at: Moment) -> Iterator[None]:
        """Faults of `faultkit.acts`, all at that moment, one right after the other; healed with the block."""
        armed = [arm(self.stage, name) for name in names]
        self.comes(at)
        try:
            for each in armed:
                each.strike()
            self.stage.struck += names
            self.stage.note(f"{' and '.join(names)} STRIKES")
            yield
        finally:
            for each in armed:
                each.heal()
            self.stage.note(f"{' and '.join(names)} is over")

    @contextmanager
    def away(self, *who: str) -> Iterator[None]:
        """Killed, and not started again before the end of the block; e.g. `agent host1`."""
        faults.stop(self.stage.lab, list(who))
        self.stage.note(f"{' '.join(who)} is away")
        try:
            yield
        finally:
            faults.start(self.stage.lab, list(who))
            self.stage.note(f"{' '.join(who)} may be back")

    def comes(self, moment: Moment) -> None:
        """Waits for it; fails when it never comes."""
        assert wait_moment(self.stage, moment), f"{moment}: its moment never came"

    def lasts(self, seconds: float) -> None:
        """A fault goes on for so long."""
        time.sleep(seconds)

    def hurry(self) -> None:
        """The link is wide again: the job may end."""
        links.clear(self.stage.lab, self.stage.source, Plane.DATA)
        self.stage.note("the link is wide")

    def answered(self) -> float:
        """When the API server answers (again), in seconds of the epoch."""
        self.stage.client.ask("GET", "/version")
        return time.time()

    def patch(self, **spec: object) -> None:
        """As `kubectl patch` does."""
        self.stage.client.must("PATCH", self.stage.story.path, {"spec": spec})

    def delete(self) -> None:
        """As `kubectl delete --wait=false` does."""
        self.stage.client.must("DELETE", self.stage.story.path)

    def another(self, to: str, **spec: object) -> Story:
        """A further migration of the same guest; its story has begun."""
        stage = self.stage
        story = Story(stage.client, stage.namespace, f"{stage.name}-{next(self._names)}")
        stage.apply(story, to, **spec)
        self._stories.append(story)
        return story

    def heard(self, host: str, *details: str, seconds: float = LATE_SECONDS) -> float:
        """When libvirt told it, in seconds of the epoch; waits for it."""
        return wait_until(
            f"{details} on {host}", lambda: self.stage.heard_of(host, *details), seconds, every_seconds=0.02
        )

    def jobs_heard(self) -> int:
        """Jobs of the guest that libvirt has told: each goes through the memory once at first."""
        traces = self.stage.heard.between(self.stage.guest.name, self.stage.began, time.time())
        firsts = [each for each in traces if each.kind == "migration-iteration" and is_first(each.detail)]
        return len(firsts)

    def task(self, role: str) -> Body:
        """Its task for the `Source` or the `Destination` as it is now; empty when there is none."""
        listed = self.stage.client.must("GET", TASKS)["items"]
        own = [each for each in listed if each["spec"]["migrationRef"]["name"] == self.stage.name]
        return next((each for each in own if each["spec"]["role"] == role), {})

    def goal(self, role: str) -> str:
        """What that task's agent was told at last."""
        return str(self.task(role).get("spec", {}).get("goal", ""))

    def written(self, role: str, field: str) -> object:
        """What its agent has written of that name into the task's status; None when nothing."""
        return self.task(role).get("status", {}).get(field)

    def jobs_begun(self) -> int:
        """Jobs of the guest since then, counted from QEMU's logs."""
        return jobs(self.stage.lab, self.stage.guest.name) - self.before.scene.jobs

    def reaches(self, *phases: str, seconds: float = LATE_SECONDS) -> str:
        """The first of these phases that it is in."""

        def there() -> str:
            return self.stage.story.phase if self.stage.story.phase in phases else ""

        return wait_until(f"{' or '.join(phases)}", there, seconds)

    def states(self) -> tuple[str, str]:
        """libvirt's word for the guest at the source and at the destination."""
        states = whereabouts.states(self.stage.lab, self.stage.guest.uuid)
        return states[self.stage.source], states[self.stage.destination]

    def rests(
        self,
        choice: str = "KeepDestination",
        *,
        gone: bool = False,
        anew: bool = False,
        store_away: bool = False,
    ) -> str:
        """Its final phase. Where only a person can tell, one does, and the message has offered it."""

        def rest() -> bool:
            phase, at = self.stage.story.phases[-1] if self.stage.story.phases else ("", 0.0)
            return self.stage.story.final or (phase == ATTENTION and time.time() - at > STANDS_SECONDS)

        wait_until("its rest", rest, LATE_SECONDS)
        if self.stage.story.phase == ATTENTION:
            seen = self.states()
            assert undecidable(*seen, may_be_dead=self.stage.may_be_dead), seen
            chosen, found = resolve(self.stage, choice)
            assert chosen and not found, found
        return self.ended("Succeeded", "Failed", "Cancelled", gone=gone, anew=anew, store_away=store_away)

    def ended(
        self, *phases: str, reason: str = "", gone: bool = False, anew: bool = False, store_away: bool = False
    ) -> str:
        """The phase of these that it ended in, with that reason; every promise holds.

        `gone`, `anew`, `store_away`: what the fault may have done to the guest, as in `Ended`.
        """
        ended = Ended(
            phase="",
            destination=self.stage.destination,
            may_be_gone=gone,
            may_be_anew=anew,
            store_was_away=store_away,
        )
        return self.story_ended(self.stage.story, ended, *phases, reason=reason)

    def story_ended(self, story: Story, ended: Ended, *phases: str, reason: str = "") -> str:
        """The same of any of its migrations, the last one of the guest."""
        wait_until("its end", lambda: story.final, LATE_SECONDS)
        phase = story.phase if story.phase in ("Succeeded", "Failed") else "Cancelled"
        assert phase in phases, f"{phase}: {told(story)}"
        assert reason in ("", told(story)["reason"]), told(story)
        ended = replace(ended, phase=phase, deletes=self.deletes, deleted=frozenset(self.stage.deleted))
        deadline = time.monotonic() + LATE_SECONDS
        while found := [*findings(self.stage.lab, self.before, ended), *unclosed(story)]:
            assert time.monotonic() < deadline, "; ".join(found)
            time.sleep(1)
        assert self.jobs_heard() <= ended.attempts
        assert not two_at_once(self._samples), two_at_once(self._samples)
        return phase

    def close(self) -> None:
        """No watch goes on."""
        for story in self._stories:
            story.end()

    def timeline(self) -> str:
        """What happened, moment by moment."""
        stage = self.stage
        traces = stage.heard.between(stage.guest.name, stage.began, time.time())
        lines = timeline(stage.began, stage.notes, stage.story.phases, traces, self._samples)
        return "\n".join([*lines, *(f"{each.path}: {each.phase}: {told(each)}" for each in self._stories)])


class Trials:
    """Begins them, one after the other, in one namespace."""

    def __init__(self, rig: Rig, namespace: str) -> None:
        self.rig = rig
        self.namespace = namespace
        self._numbers = itertools.count(1)

    @contextmanager
    def begin(
        self,
        what: Kind | str,
        *,
        slow: bool = False,
        paused: bool = False,
        transient: bool = False,
        autostart: bool = True,
        namespace: str = "",
        **spec: object,
    ) -> Iterator[Trial]:
        """A guest of that kind, or the one of that name, is to go from where it is to the next host.

        `slow`: its job can't end before `hurry`. `spec`: further fields of the VMMigration.
        """
        lab, number = self.rig.lab, next(self._numbers)
        self.rig.mend()
        if isinstance(what, Kind):
            plan = Plan(
                seed=0,
                run=number,
                kind=what,
                paused=paused,
                transient=transient,
                autostart=autostart,
                strikes=(),
                resolution="",
                must_exist=spec.get("storage") == MUST_EXIST,
            )
            what = self.rig.guests.ready(plan).name
            self.rig.wait_told()
        before = snapshot(lab, what)
        guest = state.load(lab, what)
        with listening(lab) as heard, sampling(lab, guest) as samples:
            stage = Stage(
                lab=lab,
                client=self.rig.client,
                guest=guest,
                source=before.host,
                destination="host2" if before.host == "host1" else "host1",
                namespace=namespace or self.namespace,
                name=f"trial-{number}",
                story=Story(self.rig.client, namespace or self.namespace, f"trial-{number}"),
                heard=heard,
            )
            trial = Trial(stage, before, samples)
            trial.deletes = spec.get("storage") == DELETES
            try:
                if slow:
                    links.shape(lab, stage.source, Plane.DATA, SLOW_RATE)
                stage.apply(stage.story, stage.destination, **spec)
                yield trial
            except BaseException as error:
                error.add_note(trial.timeline())
                raise
            finally:
                trial.close()


def told(story: Story) -> dict[str, str]:
    """Reason and message of the condition Succeeded, as last seen; empty words before."""
    conditions: list[Body] = story.status.get("conditions", [])
    found = next((each for each in conditions if each["type"] == "Succeeded"), {})
    return {"reason": found.get("reason", ""), "message": found.get("message", "")}


def unclosed(story: Story) -> list[str]:
    """A finding as long as something is owed."""
    return [] if story.closed else [f"its finalizer is still there: {told(story)}"]


def is_first(detail: str) -> bool:
    """Of an event that tells which round through the memory begins."""
    return detail.split()[-1].strip("'") == "1"
