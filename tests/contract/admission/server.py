"""The API server, asked by kubectl as its admin, about a copy of crds/ under names of its own.

So whatever runs in the cluster (Godwit itself, its admission policies) neither acts on the objects of these
tests nor answers in place of the schemas, the schemas are those of the working tree, and a `kubectl get vmm`
beside them still means Godwit's.
"""

import json
import subprocess
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml

REPOSITORY = Path(__file__).resolve().parents[3]
SERVED_SECONDS = 30
OTHERWISE = "trial"
"""What the copies' names begin with."""

Body = dict[str, Any]


class Server:
    """Creates its group and its namespace with `open`, and takes both away with `close`."""

    def __init__(self, cache: Path) -> None:
        """`cache` is where kubectl may remember what the server serves."""
        self._cache = cache
        token = uuid4().hex[:8]
        self.group = f"admission-{token}.godwit.test"
        self.namespace = f"admission-{token}"
        self._definitions = [self._renamed(path) for path in sorted((REPOSITORY / "crds").glob("*.yaml"))]

    def open(self) -> None:
        """Returns when every resource is served."""
        self.kubectl("create", "namespace", self.namespace)
        self.kubectl("create", "-f", "-", stdin=yaml.safe_dump_all(self._definitions))
        deadline = time.monotonic() + SERVED_SECONDS
        for definition in self._definitions:
            name = definition["metadata"]["name"]
            while self._run("get", name, "-n", self.namespace).returncode:
                assert time.monotonic() < deadline, f"{name} is not served"
                time.sleep(0.2)

    def close(self) -> None:
        """Objects go with their definitions."""
        names = [definition["metadata"]["name"] for definition in self._definitions]
        self.kubectl("delete", "crd", "--ignore-not-found", *names)
        self.kubectl("delete", "namespace", "--ignore-not-found", self.namespace)

    def get(self, plural: str, *argv: str) -> str:
        """What `kubectl get` prints of those in the namespace."""
        return self.kubectl("get", f"{OTHERWISE}{plural}.{self.group}", "-n", self.namespace, *argv)

    def body(self, kind: str, spec: Body, name: str = "x", **more: object) -> Body:
        """An object to be created."""
        return {
            "apiVersion": f"{self.group}/v1alpha1",
            "kind": f"{OTHERWISE.title()}{kind}",
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": spec,
            **more,
        }

    def would_create(self, body: Body) -> Body:
        """What would be stored, defaults and all; fails when it is refused."""
        argv = ("create", "--dry-run=server", "-o", "json", "-f", "-")
        created: Body = json.loads(self.kubectl(*argv, stdin=json.dumps(body)))
        return created

    def refusal_to_create(self, body: Body) -> str:
        """What the user reads; fails when it is accepted."""
        return self._refusal("create", "--dry-run=server", "-f", "-", stdin=json.dumps(body))

    def create(self, body: Body) -> str:
        """Its name as kubectl wants it."""
        return self.kubectl("create", "-o", "name", "-f", "-", stdin=json.dumps(body)).strip()

    def patch(self, name: str, patch: Body, *options: str) -> None:
        """A merge patch; fails when it is refused."""
        self.kubectl(*self._patch(name, patch), *options)

    def refusal_to_patch(self, name: str, patch: Body, *options: str) -> str:
        """What the user reads; fails when it is accepted."""
        return self._refusal(*self._patch(name, patch), "--dry-run=server", *options)

    def kubectl(self, *argv: str, stdin: str | None = None) -> str:
        """Its stdout; fails when kubectl does."""
        done = self._run(*argv, stdin=stdin)
        assert done.returncode == 0, f"kubectl {' '.join(argv)}: {done.stderr}"
        return done.stdout

    def _patch(self, name: str, patch: Body) -> tuple[str, ...]:
        return ("patch", name, "-n", self.namespace, "--type=merge", "-p", json.dumps(patch))

    def _refusal(self, *argv: str, stdin: str | None = None) -> str:
        done = self._run(*argv, stdin=stdin)
        assert done.returncode != 0, f"kubectl {' '.join(argv)} was not refused: {done.stdout}"
        return done.stderr

    def _renamed(self, path: Path) -> Body:
        definition: Body = yaml.safe_load(path.read_text())
        names = definition["spec"]["names"]
        plural = f"{OTHERWISE}{names['plural']}"
        definition["metadata"]["name"] = f"{plural}.{self.group}"
        definition["spec"]["group"] = self.group
        definition["spec"]["names"] = {"plural": plural, "kind": f"{OTHERWISE.title()}{names['kind']}"}
        return definition

    def _run(self, *argv: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        command = ["kubectl", f"--cache-dir={self._cache}", *argv]
        return subprocess.run(command, input=stdin, text=True, capture_output=True)
