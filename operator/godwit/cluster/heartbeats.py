"""The Leases `hypervisor-<node>`: an agent that lives renews its own, and the operator reads all of them."""

from datetime import datetime

import msgspec

from godwit.api.constants import heartbeat_lease, heartbeat_node
from godwit.cluster.leases import Lease, micro_time, render_lease
from godwit.cluster.paths import LEASES
from godwit.cluster.ports_inventory import Body
from godwit.cluster.rest import Rest

LEASE_SECONDS = 40
"""How long a renewal is good for."""


class HeartbeatLeases:
    """The port `Heartbeats` over the API server."""

    def __init__(self, rest: Rest, namespace: str) -> None:
        self._rest = rest
        self._place = LEASES.within(namespace)

    async def renew(self, node_name: str, at: datetime) -> None:
        """See `Heartbeats`. Not fenced: it has one writer, and only the time is written."""
        patch: Body = {"spec": {"renewTime": micro_time(at)}}
        await self._rest.patch(self._place, heartbeat_lease(node_name), patch)

    async def all(self) -> dict[str, datetime]:
        """See `Heartbeats`."""
        leases = [msgspec.convert(body, Lease) for body in await self._rest.list(self._place)]
        return {
            node: lease.spec.renew_time
            for lease in leases
            if (node := heartbeat_node(lease.metadata.name)) and lease.spec.renew_time is not None
        }


def new_heartbeat(namespace: str, node_name: str) -> Body:
    """The Lease of an agent that has given no sign of life yet."""
    spec: Body = {"holderIdentity": node_name, "leaseDurationSeconds": LEASE_SECONDS}
    return render_lease(namespace, heartbeat_lease(node_name), spec)
