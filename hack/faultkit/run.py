"""One run: a guest moves, faults strike, everything is healed, and the checker looks."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

from benchkit.traces import Traces, listening
from faultkit.acts import FAULTS
from faultkit.checker import findings, snapshot
from faultkit.client import FINAL, MIGRATIONS, Story
from faultkit.ends import Before, Ended
from faultkit.plan import Plan
from faultkit.resolution import KEEP_DESTINATION, resolve
from faultkit.rig import LABEL, Rig
from faultkit.sampler import sampling, two_at_once
from faultkit.scene import jobs
from faultkit.settle import ATTENTION, PROMISED_SECONDS, rest
from faultkit.stage import Stage
from faultkit.strikes import Strikes
from faultkit.timeline import timeline
from labkit import box, links
from labkit.lab import Plane, hosts
from labkit.shell import LabError, wait_for

SLOW_RATE = "32mbit"
"""Slower than the fast guest writes its memory."""
_LOOK_SECONDS = 1.0
_GONE_SECONDS = 30.0


@dataclass(slots=True)
class Record:
    """What became of one run; no `findings` when every promise held."""

    plan: Plan
    phase: str = ""
    rest_seconds: float = 0.0
    """From the last fault to what promise 4 allows."""
    clean_seconds: float = 0.0
    """From there until nothing was left to find."""
    struck: list[str] = field(default_factory=list)
    attention: bool = False
    verdict: str = ""
    """The recovery table's, or a person's, as the status last had it."""
    took_seconds: float = 0.0
    findings: list[str] = field(default_factory=list)
    timeline: list[str] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    """The conditions of the last status."""


class Runner:
    """Runs plans one after the other, and remembers how many jobs each guest has had."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._lab = rig.lab
        self._client = rig.client
        self._jobs: dict[str, int] = {}

    def run(self, plan: Plan) -> Record:
        """To its end, whatever is found."""
        began = time.monotonic()
        record = Record(plan)
        self._rig.mend()
        guest = self._rig.guests.ready(plan)
        self._rig.wait_told()
        record.findings += self.late_jobs()
        before = snapshot(self._lab, guest.name)
        with (
            self._namespace(plan) as namespace,
            listening(self._lab) as heard,
            sampling(self._lab, guest) as samples,
        ):
            stage = self._stage(plan, before, namespace, heard)
            try:
                self._play(stage, plan, before, record)
                record.findings += self._let_go(stage)
            except LabError as error:
                record.findings.append(str(error))
            finally:
                stage.story.end()
            traces = heard.between(guest.name, stage.began, time.time())
            record.timeline = timeline(stage.began, stage.notes, stage.story.phases, traces, samples)
        record.findings += two_at_once(samples)
        record.took_seconds = time.monotonic() - began
        self._jobs[guest.name] = jobs(self._lab, guest.name)
        return record

    def late_jobs(self) -> list[str]:
        """Promise 5: libvirt has begun to move no guest since its last migration ended."""
        late = [name for name, known in self._jobs.items() if jobs(self._lab, name) > known]
        return [f"a job of {name} has begun since its last migration ended" for name in late]

    def _stage(self, plan: Plan, before: Before, namespace: str, heard: Traces) -> Stage:
        name = f"run-{plan.run}"
        return Stage(
            lab=self._lab,
            client=self._client,
            guest=self._rig.guests.load(before.name),
            source=before.host,
            destination=next(host for host in hosts(self._lab) if host != before.host),
            namespace=namespace,
            name=name,
            story=Story(self._client, namespace, name),
            heard=heard,
        )

    def _play(self, stage: Stage, plan: Plan, before: Before, record: Record) -> None:
        with ExitStack() as after:
            strikes = Strikes(stage, *plan.strikes)
            after.callback(strikes.heal_all)
            if plan.slow:
                links.shape(self._lab, stage.source, Plane.DATA, SLOW_RATE)
            stage.apply(stage.story, stage.destination, **plan.spec)
            strikes.play()
            record.struck = list(stage.struck)
            if plan.slow and box.init_pid(self._lab, stage.source):
                links.clear(self._lab, stage.source, Plane.DATA)
            self._come_to_rest(stage, strikes, record)
        ended = self._ended(stage, plan, record)
        record.phase = ended.phase
        record.verdict = stage.story.status.get("verdict", "")
        record.story = [each["message"] for each in stage.story.status.get("conditions", [])][:1]
        rested = time.monotonic()
        record.findings += self._checked(stage, before, ended)
        record.clean_seconds = time.monotonic() - rested

    def _come_to_rest(self, stage: Stage, strikes: Strikes, record: Record) -> None:
        came = rest(stage, strikes.last, healed=not strikes.open)
        record.rest_seconds, record.findings = came.seconds, [*record.findings, *came.findings]
        if not strikes.open:
            return
        strikes.heal_all()
        came = rest(stage, strikes.last, healed=True)
        record.rest_seconds = max(record.rest_seconds, came.seconds)
        record.findings += came.findings

    def _ended(self, stage: Stage, plan: Plan, record: Record) -> Ended:
        """How it ended, after a person has decided where that was asked for."""
        faults = [FAULTS[name] for name in stage.struck]
        ended = Ended(
            phase=stage.story.phase,
            destination=stage.destination,
            may_be_gone=stage.may_be_dead,
            may_be_anew=stage.may_be_dead,
            user_paused=any(fault.user_paused for fault in faults),
            store_was_away=any(fault.store_was_away for fault in faults),
            deletes=plan.deletes,
            deleted=frozenset(stage.deleted),
        )
        if ended.phase == ATTENTION:
            record.attention = True
            choice, found = resolve(stage, plan.resolution)
            record.findings += found
            kept = choice == KEEP_DESTINATION
            ended = replace(
                ended,
                phase=stage.story.phase,
                may_be_gone=not choice,
                may_be_anew=ended.may_be_anew or not kept,
                keeps_destination=kept,
            )
        if ended.phase not in FINAL and stage.story.gone:
            # It was let go before it had begun anything.
            ended = replace(ended, phase="Cancelled")
        return ended

    def _checked(self, stage: Stage, before: Before, ended: Ended) -> list[str]:
        """What a host owes may take it a while after it is back."""
        deadline = time.monotonic() + PROMISED_SECONDS
        while True:
            found = findings(self._lab, before, ended)
            if not stage.story.closed:
                found.append(f"{ended.phase}, and its finalizer is still there")
            if not found or time.monotonic() > deadline:
                return found
            time.sleep(_LOOK_SECONDS)

    def _let_go(self, stage: Stage) -> list[str]:
        """The deletion of what has ended is immediate, and touches nothing: the next run would see it."""
        self._client.must("DELETE", stage.story.path)
        try:
            wait_for(f"{stage.name} to go", lambda: stage.story.gone, _GONE_SECONDS)
        except LabError as late:
            return [str(late)]
        return []

    @contextmanager
    def _namespace(self, plan: Plan) -> Iterator[str]:
        """Of this run alone: a fault may delete it."""
        name = f"faults-{plan.seed}-{plan.run}-{int(time.time()) % 100000}"
        metadata = {"name": name, "labels": {LABEL: "true"}}
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
        self._client.must("POST", "/api/v1/namespaces", body)
        try:
            yield name
        finally:
            # Not left to the namespace: its controller forgets custom resources while an API server begins.
            self._client.must("DELETE", MIGRATIONS.format(name))
            self._client.must("DELETE", f"/api/v1/namespaces/{name}")
