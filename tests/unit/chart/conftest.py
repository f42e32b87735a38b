import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[3]
NAMESPACE = "godwit-system"

Resource = dict[str, Any]
Resources = dict[tuple[str, str], Resource]
Helm = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def helm() -> Helm:
    """Runs helm in the repository; the lab's own, or the PATH's."""
    cache = Path(os.environ.get("GODWIT_CACHE") or Path.home() / ".cache" / "godwit")
    built = sorted(cache.glob("bin-*/helm"), key=lambda path: path.stat().st_mtime)
    found = str(built[-1]) if built else shutil.which("helm")
    if found is None:
        pytest.skip("no helm: `hack/lab up` builds one")

    def run(*argv: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run([found, *argv], cwd=REPOSITORY, input=stdin, text=True, capture_output=True)

    return run


@pytest.fixture(scope="session")
def render(helm: Helm) -> Callable[..., Resources]:
    """What the chart makes of the given values, by kind and name."""

    def rendered(**values: object) -> Resources:
        done = helm(
            "template",
            "godwit",
            "charts/godwit",
            "--namespace",
            NAMESPACE,
            "--values",
            "-",
            stdin=json.dumps(values),
        )
        assert done.returncode == 0, done.stderr
        resources = [resource for resource in yaml.safe_load_all(done.stdout) if resource]
        by_name = {(resource["kind"], resource["metadata"]["name"]): resource for resource in resources}
        assert len(by_name) == len(resources), "two resources of one kind have one name"
        return by_name

    return rendered


@pytest.fixture(scope="session")
def chart(render: Callable[..., Resources]) -> Resources:
    """The chart with its own values."""
    return render()
