"""The lab's guests of the campaign, and one namespace for all migrations of the walk."""

import os
import time
from collections.abc import Iterator

import pytest

from faultkit.rig import rig
from faultkit.seamwalk import Walker


@pytest.fixture(scope="module")
def walker() -> Iterator[Walker]:
    name = f"seams-{int(time.time()) % 100000}"
    with rig(os.environ.get("GODWIT_LAB", "godwit")) as found:
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        found.client.must("POST", "/api/v1/namespaces", body)
        yield Walker(found, name)
        found.client.must("DELETE", f"/api/v1/namespaces/{name}")
