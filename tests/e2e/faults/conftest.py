"""The guests of `hack/faults`, and one namespace, for all tests here."""

import os
import time
from collections.abc import Iterator

import pytest

from faultkit.rig import rig

from .trial import Trials


@pytest.fixture(scope="package")
def trials() -> Iterator[Trials]:
    """Ends with this folder: later ones harm what its guests live on."""
    namespace = f"trials-{int(time.time()) % 100000}"
    with rig(os.environ.get("GODWIT_LAB", "godwit")) as found:
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        found.client.must("POST", "/api/v1/namespaces", body)
        yield Trials(found, namespace)
        found.client.must("DELETE", f"/api/v1/namespaces/{namespace}")
