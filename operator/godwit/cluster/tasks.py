"""MigrationTasks in Godwit's namespace: specs are the operator's, statuses the agents'; all are fenced.

A task has no ownerReference: its migration lies in another namespace, and the garbage collector would take
the task for an orphan.
"""

from godwit.api.constants import GROUP
from godwit.api.parse import parse_task
from godwit.api.render import render_status, render_task
from godwit.cluster.fences import replacing
from godwit.cluster.paths import TASKS
from godwit.cluster.ports import NotFound
from godwit.cluster.ports_inventory import Body
from godwit.cluster.readable import readable
from godwit.cluster.rest import Rest
from godwit.domain.task import Task, TaskSpec, TaskStatus
from godwit.domain.value import to_wire

LABEL_LENGTH = 63


class TaskObjects:
    """The port `Tasks` over the API server."""

    def __init__(self, rest: Rest, namespace: str) -> None:
        self._rest = rest
        self._namespace = namespace
        self._place = TASKS.within(namespace)

    async def create(self, name: str, spec: TaskSpec) -> Task:
        """See `Tasks`."""
        body = render_task(self._namespace, name, spec)
        body["metadata"] = {"namespace": self._namespace, "name": name, "labels": labels(spec)}
        return readable(parse_task, await self._rest.create(self._place, body))

    async def read(self, name: str) -> Task | None:
        """See `Tasks`."""
        body = await self._rest.find(self._place, name)
        return None if body is None else readable(parse_task, body)

    async def write_spec(self, task: Task, spec: TaskSpec) -> Task:
        """See `Tasks`."""
        return await self._replace(task, "spec", to_wire(spec))

    async def write_status(self, task: Task, status: TaskStatus) -> Task:
        """See `Tasks`."""
        return await self._replace(task, "status", render_status(status))

    async def delete(self, task: Task) -> None:
        """See `Tasks`."""
        try:
            await self._rest.delete(self._place, task.name, task.uid, task.resource_version)
        except NotFound:
            return

    async def _replace(self, task: Task, part: str, whole: Body) -> Task:
        patch = replacing(part, whole, task.resource_version)
        subresource = "status" if part == "status" else ""
        return readable(parse_task, await self._rest.patch(self._place, task.name, patch, subresource))


def labels(spec: TaskSpec) -> dict[str, str]:
    """For people who look for a migration's tasks by kubectl; nothing here reads them."""
    migration = spec.migration_ref
    return {
        f"{GROUP}/migration-namespace": migration.namespace,
        f"{GROUP}/migration": migration.name[:LABEL_LENGTH].rstrip("-._"),
        f"{GROUP}/role": spec.role.value,
    }
