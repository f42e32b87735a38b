"""Writes that the API server takes only if the object is still what the writer had seen.

A stale resourceVersion is answered with 409, and nothing is written.
"""

from godwit.cluster.ports_inventory import Body
from godwit.cluster.rest import Operation


def replacing(part: str, whole: Body, resource_version: str) -> list[Operation]:
    """A JSON patch that puts `whole` in the place of `status` or `spec`, whatever stood there."""
    return [
        {"op": "replace", "path": "/metadata/resourceVersion", "value": resource_version},
        {"op": "add", "path": f"/{part}", "value": whole},
    ]
