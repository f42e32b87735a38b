"""A migration whose destination is to be chosen among six hosts, for the tests of that choice."""

from msgspec.structs import replace

from godwit.domain.decision import CreateTask, Decision
from godwit.domain.migration import Destination, MigrationStatus
from godwit.domain.observation import Observation
from godwit.domain.report import report
from godwit.domain.task import Goal, Task, TaskStatus

from ..builders import (
    BEGUN,
    CONTACT,
    FACTS,
    HOSTS,
    OFFER,
    OUTLOOK,
    ROAD,
    SKEW,
    TAKEN,
    VERSION,
    WRITTEN,
    destination,
    host,
    later,
    migration,
    source,
)

MANY = (HOSTS[0], *(host(f"host{number}") for number in range(2, 8)))


ADDRESSES = tuple(each.migration_address for each in MANY[1:])


ROADS = replace(OUTLOOK, roads=tuple(replace(ROAD, address=each) for each in ADDRESSES))


LOOKED_AT = TaskStatus(reached=Goal.INSPECTED, facts=FACTS, probes=(WRITTEN,), outlook=ROADS, offer=OFFER)


UNASKED = source(Goal.INSPECTED, LOOKED_AT)


INSPECTED = replace(UNASKED, spec=replace(UNASKED.spec, peer_addresses=ADDRESSES))


UNNAMED = replace(BEGUN, destination=None)


def choosing(status: MigrationStatus = UNNAMED, **more: object) -> Observation:
    asked = replace(migration(status), spec=replace(migration().spec, destination=Destination()))
    seen = Observation(asked, MANY, source=INSPECTED, operator_version=VERSION, clock_skew=SKEW)
    return replace(seen, **more)


def following(observed: Observation, decision: Decision, seconds: float = 0) -> Observation:
    """As the next operator finds it."""
    status = report(observed, decision, later(seconds))
    return replace(observed, migration=replace(observed.migration, status=status))


def asked(observed: Observation, status: TaskStatus | None = None) -> Task:
    """The task of the host that is named."""
    told = observed.migration.status
    assert told.destination is not None
    task = destination(Goal.INSPECTED, status)
    spec = replace(task.spec, node_name=told.destination.hypervisor)
    return replace(task, name=told.attempts[-1].destination_task, spec=spec)


def beside(observed: Observation, number: int, status: TaskStatus | None = None) -> Task:
    """The task of a host that stands by."""
    standby = observed.migration.status.attempts[-1].standby[number]
    task = destination(Goal.INSPECTED, status)
    return replace(task, name=standby.task, spec=replace(task.spec, node_name=standby.hypervisor))


def created(decision: Decision) -> dict[str, str]:
    """Tasks and their hosts."""
    return {act.name: act.spec.node_name for act in decision.acts if isinstance(act, CreateTask)}


REFUSING = TaskStatus(
    reached=Goal.INSPECTED,
    probes=(WRITTEN,),
    reception=replace(TAKEN, refusal="no"),
    contact=CONTACT,
)


TAKING = replace(REFUSING, reception=TAKEN)


def named(decision: Decision) -> str | None:
    return decision.journal.destination.hypervisor if decision.journal.destination else None
