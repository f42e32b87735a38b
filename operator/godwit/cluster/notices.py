"""Kubernetes events, core/v1: what `kubectl describe` and `kubectl get events` show beside an object.

Each post is an event of its own. Nothing waits for one and nothing fails with one.
"""

import logging
from datetime import UTC, datetime

from godwit.api.constants import API_VERSION
from godwit.cluster.leases import micro_time
from godwit.cluster.paths import EVENTS
from godwit.cluster.ports import ClusterError, Notice
from godwit.cluster.ports_inventory import Body
from godwit.cluster.rest import Rest

MESSAGE_BYTES = 1024
NAME_LENGTH = 57
"""The API server cuts the name's first part to 58 characters; with the point behind it this is whole."""

_log = logging.getLogger(__name__)


class EventNotices:
    """The port `Notices` over the API server."""

    def __init__(self, rest: Rest, namespace: str, component: str, instance: str) -> None:
        self._rest = rest
        self._namespace = namespace
        self._component = component
        self._instance = instance

    async def post(self, notice: Notice) -> None:
        """See `Notices`."""
        place = EVENTS.within(notice.namespace or self._namespace)
        event = render_event(notice, place.namespace, self._component, self._instance, datetime.now(UTC))
        try:
            await self._rest.create(place, event)
        except ClusterError as problem:
            _log.warning("an event was not posted", extra={"reason": notice.reason, "problem": str(problem)})


def render_event(notice: Notice, namespace: str, component: str, instance: str, at: datetime) -> Body:
    """A core/v1 Event; `namespace` is its own, and stands in for that of an object that lies in none."""
    now = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"namespace": namespace, "generateName": f"{notice.name[:NAME_LENGTH].rstrip('.-')}."},
        "involvedObject": {
            "apiVersion": API_VERSION,
            "kind": notice.kind,
            "namespace": namespace,
            "name": notice.name,
            "uid": notice.uid,
        },
        "type": "Warning" if notice.warning else "Normal",
        "reason": notice.reason,
        "message": cut(notice.message),
        "action": notice.action,
        "reportingComponent": component,
        "reportingInstance": instance,
        "eventTime": micro_time(at),
        # What kubectl counts ages from.
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }


def cut(message: str) -> str:
    """At most as many bytes as the API server takes, ending in `…` where something is missing."""
    whole = message.encode()
    if len(whole) <= MESSAGE_BYTES:
        return message
    mark = "…"
    return whole[: MESSAGE_BYTES - len(mark.encode())].decode(errors="ignore") + mark
