"""A destination among 200 hosts, of which 50 never answer: chosen in time, and told in a small status.

25 of these have no agent any more. The others' agents live, but their libvirtd falls silent at the first
question, so that nothing but its deadline ends their inspection.
"""

import json
from collections.abc import Iterable

from msgspec.structs import replace

from godwit.api.constants import Resource
from godwit.domain.choice.table import MOST_CANDIDATES, Choice, Standing
from godwit.domain.host import HypervisorSpec
from godwit.domain.migration import Destination, MigrationStatus, Phase
from godwit.domain.reasons import Reason
from godwit.domain.steps.choose import MOST_INSPECTED
from godwit.domain.steps.chosen import INSPECTION_SECONDS
from godwit.domain.task import Role
from godwit.domain.value import to_wire

from .house.house import House, disk

MANY = 200
DEAD, SILENT, MAINTAINED = 25, 25, 30
LEASE_IS_OVER_SECONDS = 60
MOST_STATUS_BYTES = 100 << 10
BESIDE_INSPECTIONS_SECONDS = 15
"""For everything that is no wait for a silent host."""


class Crowd(House):
    """host1, where the guest is, and the others in the order in which they are tried."""

    def __init__(self, silent: Iterable[int]) -> None:
        """`silent`: which of the hosts that could be tried, by their places in that order."""
        super().__init__(hosts=MANY)
        others = sorted(set(self.hosts) - {"host1"})
        self.dead, self.maintained = others[-DEAD:], others[-DEAD - MAINTAINED : -DEAD]
        self.tried = others[: -DEAD - MAINTAINED]
        self.silent = {self.tried[place] for place in silent}
        self.asked: list[str] = []
        """To look at themselves, as destinations."""
        self.add_guest(disk())
        self.cluster.on_change(self._asked)

    def _asked(self, resource: Resource, _: str, name: str) -> None:
        task = self.cluster.tasks.objects.get(name) if resource is Resource.TASK else None
        if task is None or task.spec.role is not Role.DESTINATION or task.spec.node_name in self.asked:
            return
        self.asked.append(task.spec.node_name)
        if task.spec.node_name in self.silent:
            self.hosts[task.spec.node_name].lose()

    async def start(self) -> House:
        """Until the operator knows who is silent."""
        await super().start()
        for name in self.dead:
            self.stop(self.agents[name])
        for name in self.maintained:
            known = self.cluster.hypervisors.objects[name]
            spec = HypervisorSpec(maintenance=True)
            self.cluster.hypervisors.put(replace(known, spec=spec, generation=known.generation + 1))
        await self.pass_time(LEASE_IS_OVER_SECONDS)
        return self

    def come_back(self) -> None:
        for name in self.silent & set(self.asked):
            self.hosts[name].come_back()


async def crowd(silent: Iterable[int]) -> Crowd:
    house = Crowd(silent)
    await house.start()
    return house


async def ends_as(house: House, phase: Phase, seconds: float) -> MigrationStatus:
    """A migration without a destination; a host that is silent may still owe its end."""
    house.migrate(to=Destination())
    await house.until(lambda: house.status().phase is phase, seconds)
    return house.status()


def is_told_briefly(status: MigrationStatus) -> Choice:
    """20 hosts in full, and each of the others counted once."""
    assert len(json.dumps(to_wire(status))) < MOST_STATUS_BYTES
    assert status.choice is not None
    assert len(status.choice.candidates) == MOST_CANDIDATES
    assert sum(each.hosts for each in status.choice.others) == MANY - 1 - MOST_CANDIDATES
    return status.choice


async def test_two_that_never_answer_give_way_and_the_third_takes_the_guest() -> None:
    house = await crowd((0, 1, *range(3, SILENT + 1)))
    status = await ends_as(house, Phase.SUCCEEDED, 2 * INSPECTION_SECONDS + BESIDE_INSPECTIONS_SECONDS)
    assert house.asked == house.tried[:3]
    assert house.running() == [house.tried[2]]
    gone = status.attempts[-1].dismissed
    assert [each.hypervisor for each in gone] == house.tried[:2]
    assert all("did not look at itself within 30 s" in each.why for each in gone)
    choice = is_told_briefly(status)
    assert choice.candidates[0].standing is Standing.CHOSEN
    for name in house.tried[:2]:
        assert f"{name} was inspected before: it did not look at itself within 30 s" in choice.why
    counts = {each.reason: each.hosts for each in choice.others}
    assert counts == {
        "Eligible": len(house.tried) - 2 - MOST_CANDIDATES,
        "Refused: Maintenance": MAINTAINED,
        "NotReady": DEAD,
        "Refused": 2,
    }
    house.come_back()
    await house.until(house.is_over, 120)
    house.nothing_is_left()


async def test_where_none_of_those_that_are_tried_answers_it_ends_in_time() -> None:
    house = await crowd(range(SILENT))
    deadline = MOST_INSPECTED * INSPECTION_SECONDS + BESIDE_INSPECTIONS_SECONDS
    status = await ends_as(house, Phase.FAILED, deadline)
    assert house.asked == house.tried[:MOST_INSPECTED]
    assert status.ending is not None
    assert status.ending.reason is Reason.NO_DESTINATION
    assert f"{MOST_INSPECTED} hosts were inspected in vain" in status.ending.message
    choice = is_told_briefly(status)
    told = {row.hypervisor: row.why for row in choice.candidates}
    assert all("did not look at itself within 30 s" in told[name] for name in house.asked)
    house.come_back()
    await house.until(house.is_over, 120)
    house.is_as_before()
