"""The fake API server's Hypervisors and the Leases by which their agents live."""

from datetime import datetime

import msgspec

from godwit.api.constants import Resource
from godwit.cluster.ports import NotFound
from godwit.domain.conditions import Condition
from godwit.domain.host import Hypervisor, HypervisorStatus

from .server import Server, stored


class FakeHeartbeats:
    """The port `Heartbeats`."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.objects: dict[str, datetime | None] = {}

    async def renew(self, node_name: str, at: datetime) -> None:
        def do() -> None:
            if node_name not in self.objects:
                raise NotFound(f"Lease hypervisor-{node_name}")
            self.objects[node_name] = at

        await self._server.write("Lease", "patch", do)

    async def all(self) -> dict[str, datetime]:
        return await self._server.read(
            lambda: {node: at for node, at in self.objects.items() if at is not None}
        )


class FakeHypervisors:
    """The port `Hypervisors`."""

    def __init__(self, server: Server, heartbeats: FakeHeartbeats) -> None:
        self._server = server
        self._heartbeats = heartbeats
        self.objects: dict[str, Hypervisor] = {}

    def put(self, hypervisor: Hypervisor) -> None:
        """As somebody else writes it."""
        self.objects[hypervisor.name] = hypervisor
        self._server.changed(Resource.HYPERVISOR, "", hypervisor.name)

    async def create(self, name: str) -> None:
        def do() -> None:
            self._heartbeats.objects.setdefault(name, None)
            if name not in self.objects:
                self.put(Hypervisor(name=name))

        await self._server.write(Resource.HYPERVISOR.kind, "create", do)

    async def delete(self, name: str) -> None:
        def do() -> None:
            self._heartbeats.objects.pop(name, None)
            if self.objects.pop(name, None) is not None:
                self._server.changed(Resource.HYPERVISOR, "", name)

        await self._server.write(Resource.HYPERVISOR.kind, "delete", do)

    async def write_facts(self, name: str, facts: HypervisorStatus) -> None:
        def do() -> None:
            there = _there(self.objects, name)
            status = msgspec.structs.replace(stored(facts), conditions=there.status.conditions)
            self.put(msgspec.structs.replace(there, status=status))

        await self._server.write(Resource.HYPERVISOR.kind, "patch", do)

    async def write_conditions(self, name: str, conditions: tuple[Condition, ...]) -> None:
        def do() -> None:
            there = _there(self.objects, name)
            self.put(
                msgspec.structs.replace(
                    there, status=msgspec.structs.replace(there.status, conditions=conditions)
                )
            )

        await self._server.write(Resource.HYPERVISOR.kind, "patch", do)


def _there(objects: dict[str, Hypervisor], name: str) -> Hypervisor:
    if name not in objects:
        raise NotFound(f"Hypervisor {name}")
    return objects[name]
