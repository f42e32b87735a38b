"""A house of three hosts, in which every change is held against what must be true of a choice."""

from msgspec.structs import replace

from godwit.domain.choice.table import Standing
from godwit.domain.host import HypervisorSpec
from godwit.domain.migration import Destination, Phase
from godwit.domain.task import Goal, Role

from .house.house import UUID, House, disk

ANY = Destination()


LATER = frozenset({Goal.PREPARED, Goal.MIGRATED, Goal.RELEASED})


class Watched(House):
    """Three hosts; every change is held against what must always be true of the attempt's tasks."""

    def __init__(self, *, operators: int = 1) -> None:
        super().__init__(hosts=3, operators=operators)
        self.told_more: set[str] = set()
        """Destination tasks that were ever told to do more than to inspect."""
        self.broken: list[str] = []
        self.cluster.on_change(lambda *_: self._look())

    def refuses(self, *names: str) -> None:
        """Their libvirt does not take the definition: only an inspection shows that."""
        for name in names:
            receptions = self.hosts[name].receptions
            receptions.answer = replace(receptions.answer, refusal="unsupported machine type")

    def takes(self, name: str) -> None:
        """It does now."""
        receptions = self.hosts[name].receptions
        receptions.answer = replace(receptions.answer, refusal="")

    def _look(self) -> None:
        for task in self.cluster.tasks.objects.values():
            ref = task.spec.migration_ref
            if task.spec.role is not Role.DESTINATION or not self.exists(ref.name):
                continue
            status = self.status(ref.name)
            if status.attempts and self.migration(ref.name).uid == ref.uid:
                attempt = status.attempts[-1]
                named = {gone.task: gone.hypervisor for gone in attempt.dismissed}
                named |= {each.task: each.hypervisor for each in attempt.standby}
                if status.destination:
                    named[attempt.destination_task] = status.destination.hypervisor
                if named.get(task.name) != task.spec.node_name:
                    self.broken.append(f"{task.name} is not in the journal")
            if task.spec.goal in LATER:
                self.told_more.add(task.name)

    def nothing_is_left(self) -> None:
        super().nothing_is_left()
        assert self.broken == []
        assert len(self.told_more) <= 1, self.told_more

    def is_on(self, host: str) -> None:
        """The guest, and nothing else of it anywhere."""
        self.nothing_is_left()
        assert self.running() == [host]
        assert [name for name, libvirt in self.hosts.items() if UUID in libvirt.domains] == [host]


async def three(*refusing: str, operators: int = 1) -> Watched:
    house = Watched(operators=operators)
    house.add_guest(disk())
    house.refuses(*refusing)
    await house.start()
    return house


def standings(house: House, name: str = "move") -> dict[str, Standing]:
    choice = house.status(name).choice
    assert choice is not None
    return {row.hypervisor: row.standing for row in choice.candidates}


def maintain(house: House, name: str, *, maintenance: bool) -> None:
    known = house.cluster.hypervisors.objects[name]
    house.cluster.hypervisors.put(
        replace(known, spec=HypervisorSpec(maintenance=maintenance), generation=known.generation + 1)
    )


async def a_host_comes(house: House, name: str) -> None:
    """While it is waited for; the source has been looked at without it."""
    house.stop(house.agents[name])
    await house.pass_time(60)
    maintain(house, "host2", maintenance=True)
    house.migrate(to=Destination(wait="20m"))
    await house.pass_time(60)
    assert house.status().phase is Phase.PENDING, house.told()
    house.replace(house.agents[name])
