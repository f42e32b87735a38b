import os
from collections.abc import Iterator

import pytest

from .server import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not os.environ.get("KUBECONFIG"):
        pytest.skip('KUBECONFIG is not set: bring the lab up and run eval "$(hack/lab env)"')
    server = Server(tmp_path_factory.mktemp("kubectl"))
    try:
        server.open()
        yield server
    finally:
        server.close()
