"""Where in the API server's URLs each kind of object lies."""

from urllib.parse import quote

import msgspec

from godwit.api.constants import API_VERSION, Resource
from godwit.domain.value import Value


class Collection(Value):
    """The objects of one kind, in one namespace or in all."""

    kind: str
    root: str
    """Of the group and version, e.g. `/apis/apps/v1`."""
    plural: str
    namespace: str = ""
    """Empty for all namespaces, and for what lies in none."""

    def within(self, namespace: str) -> "Collection":
        """The part of it that lies in that namespace."""
        return msgspec.structs.replace(self, namespace=namespace)

    def path(self, name: str = "", subresource: str = "") -> str:
        """Of the collection, one object in it, or a part of that object; no name leads out of it."""
        parts = ["namespaces", self.namespace] if self.namespace else []
        parts += [part for part in (self.plural, name, subresource) if part]
        return "/".join([self.root, *(quote(part, safe="") for part in parts)])

    def describe(self, name: str = "") -> str:
        """For people: `MigrationTask godwit-system/vm1-1`."""
        return " ".join(filter(None, (self.kind, "/".join(filter(None, (self.namespace, name))))))


def _custom(resource: Resource) -> Collection:
    return Collection(kind=resource.kind, root=f"/apis/{API_VERSION}", plural=resource.plural)


CUSTOM = {resource: _custom(resource) for resource in Resource}
MIGRATIONS = CUSTOM[Resource.MIGRATION]
TASKS = CUSTOM[Resource.TASK]
HYPERVISORS = CUSTOM[Resource.HYPERVISOR]
LEASES = Collection(kind="Lease", root="/apis/coordination.k8s.io/v1", plural="leases")
EVENTS = Collection(kind="Event", root="/api/v1", plural="events")
NODES = Collection(kind="Node", root="/api/v1", plural="nodes")
DAEMON_SETS = Collection(kind="DaemonSet", root="/apis/apps/v1", plural="daemonsets")
