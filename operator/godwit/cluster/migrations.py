"""VMMigrations, for the operator: status and finalizer, each write fenced by what it was decided from."""

import msgspec

from godwit.api.constants import FINALIZER
from godwit.api.parse import parse_migration
from godwit.api.render import render_status
from godwit.cluster.fences import replacing
from godwit.cluster.paths import MIGRATIONS
from godwit.cluster.ports import Conflict
from godwit.cluster.readable import readable
from godwit.cluster.rest import Rest
from godwit.domain.migration import Migration, MigrationStatus
from godwit.domain.value import Value


class _Metadata(Value):
    resource_version: str = ""
    finalizers: tuple[str, ...] = ()


class _Object(Value):
    metadata: _Metadata = _Metadata()


class MigrationObjects:
    """The port `Migrations` over the API server."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def read(self, namespace: str, name: str) -> Migration | None:
        """See `Migrations`."""
        body = await self._rest.find(MIGRATIONS.within(namespace), name)
        return None if body is None else readable(parse_migration, body)

    async def write_status(self, migration: Migration, status: MigrationStatus) -> Migration:
        """See `Migrations`."""
        patch = replacing("status", render_status(status), migration.resource_version)
        place = MIGRATIONS.within(migration.namespace)
        return readable(parse_migration, await self._rest.patch(place, migration.name, patch, "status"))

    async def set_finalizer(self, migration: Migration, present: bool) -> Migration:
        """See `Migrations`; nothing is written where it is as wanted already."""
        if migration.finalizer is present:
            return migration
        place = MIGRATIONS.within(migration.namespace)
        # The others' finalizers are no part of a Migration, and a patch replaces the list as a whole.
        now = msgspec.convert(await self._rest.get(place, migration.name), _Object).metadata
        if now.resource_version != migration.resource_version:
            raise Conflict(f"{place.describe(migration.name)}: it has changed since it was read")
        others = [finalizer for finalizer in now.finalizers if finalizer != FINALIZER]
        wanted = [*others, FINALIZER] if present else others
        fence = {"resourceVersion": migration.resource_version}
        patched = await self._rest.patch(place, migration.name, {"metadata": {**fence, "finalizers": wanted}})
        return readable(parse_migration, patched)
