"""Hypervisors: the operator makes and deletes them, each agent writes its own one's facts.

Two write one status, and neither touches the other's part: the agent everything but `conditions`, the
operator `conditions` alone. So neither needs a fence against the other.
"""

import msgspec

from godwit.api.constants import heartbeat_lease
from godwit.api.render import render_hypervisor, render_status
from godwit.cluster.heartbeats import new_heartbeat
from godwit.cluster.paths import HYPERVISORS, LEASES
from godwit.cluster.ports import Conflict, NotFound
from godwit.cluster.ports_inventory import Body
from godwit.cluster.rest import Rest
from godwit.domain.conditions import Condition
from godwit.domain.host import HypervisorStatus
from godwit.domain.value import Value


class HypervisorObjects:
    """The port `Hypervisors` over the API server."""

    def __init__(self, rest: Rest, namespace: str) -> None:
        self._rest = rest
        self._namespace = namespace
        self._leases = LEASES.within(namespace)

    async def create(self, name: str) -> None:
        """See `Hypervisors`. The Lease comes first: whoever finds the Hypervisor finds it too."""
        for place, body in (
            (self._leases, new_heartbeat(self._namespace, name)),
            (HYPERVISORS, render_hypervisor(name)),
        ):
            try:
                await self._rest.create(place, body)
            except Conflict:
                continue

    async def delete(self, name: str) -> None:
        """See `Hypervisors`. The Lease goes last: a Hypervisor that is still there shows that one is left."""
        for place, each in ((HYPERVISORS, name), (self._leases, heartbeat_lease(name))):
            try:
                await self._rest.delete(place, each)
            except NotFound:
                continue

    async def write_facts(self, name: str, facts: HypervisorStatus) -> None:
        """See `Hypervisors`."""
        status = overwriting(facts, render_status(facts))
        del status["conditions"]
        await self._rest.patch(HYPERVISORS, name, {"status": status}, "status")

    async def write_conditions(self, name: str, conditions: tuple[Condition, ...]) -> None:
        """See `Hypervisors`."""
        status: Body = {"conditions": msgspec.to_builtins(conditions)}
        await self._rest.patch(HYPERVISORS, name, {"status": status}, "status")


def overwriting(value: Value, wire: Body) -> Body:
    """A merge patch that leaves nothing of an older value: what `wire` leaves out is null, at every depth."""
    patch: Body = {}
    for field in msgspec.structs.fields(value):
        part = wire.get(field.encode_name)
        member = getattr(value, field.name)
        inner = part if isinstance(part, dict) else {}
        patch[field.encode_name] = overwriting(member, inner) if isinstance(member, Value) else part
    return patch
