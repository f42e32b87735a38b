"""The lab's API server as its admin asks it, by kubectl, and as the holder of a token does.

What tests wait for is asked of it directly: a process of kubectl for each look takes five times as long.
"""

import http.client
import json
import os
import shlex
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from faultkit.client import MIGRATIONS, Client
from labkit.registry import open_lab

REPOSITORY = Path(__file__).resolve().parents[2]
HOME = "godwit-system"

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Api:
    """The lab's API server, through one token."""

    host: str
    port: int
    trust: ssl.SSLContext
    token: str

    def request(self, method: str, path: str, body: Body | None = None) -> tuple[int, Body]:
        """Status and answer; a watch is left as soon as it has begun."""
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        connection = http.client.HTTPSConnection(self.host, self.port, context=self.trust, timeout=30)
        try:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            response = connection.getresponse()
            if "watch=1" in path and response.status == http.HTTPStatus.OK:
                return response.status, {}
            return response.status, json.loads(response.read())
        finally:
            connection.close()


class Cluster:
    """The lab's cluster; kubectl is the admin's."""

    def __init__(self) -> None:
        exports = subprocess.run(
            [REPOSITORY / "hack/lab", "env"], text=True, capture_output=True, check=True, cwd=REPOSITORY
        ).stdout
        words = [word.split("=", 1) for word in shlex.split(exports) if "=" in word]
        self._environment = {**os.environ, **dict(words)}
        config = json.loads(self.kubectl("config", "view", "--minify", "-o", "json"))
        self._server = urlsplit(config["clusters"][0]["cluster"]["server"])
        root = json.loads(self.kubectl("get", "configmap", "kube-root-ca.crt", "-n", HOME, "-o", "json"))
        self._trust = ssl.create_default_context(cadata=root["data"]["ca.crt"])
        self._client = Client(open_lab(os.environ.get("GODWIT_LAB", "godwit")))

    def api(self, token: str) -> Api:
        """The API server through a token."""
        return Api(self._server.hostname or "", self._server.port or 443, self._trust, token.strip())

    def migration(self, namespace: str, name: str) -> Body:
        """A VMMigration as it is now."""
        return self._client.must("GET", f"{MIGRATIONS.format(namespace)}/{name}")

    def kubectl(self, *argv: str, stdin: str | None = None) -> str:
        """Its stdout; fails when kubectl does."""
        done = self._run(*argv, stdin=stdin)
        assert done.returncode == 0, f"kubectl {' '.join(argv)}: {done.stderr}"
        return done.stdout

    def refusal(self, *argv: str, stdin: str | None = None) -> str:
        """What kubectl says when it is refused; fails when it is not."""
        done = self._run(*argv, stdin=stdin)
        assert done.returncode != 0, f"kubectl {' '.join(argv)} was not refused: {done.stdout}"
        return done.stderr

    def can(self, user: str, verb: str, resource: str, namespace: str) -> bool:
        """Whether the cluster's roles give it to that user."""
        done = self._run("auth", "can-i", verb, resource, "-n", namespace, f"--as={user}")
        answer = done.stdout.strip()
        assert answer in ("yes", "no"), done.stderr
        return answer == "yes"

    def _run(self, *argv: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["kubectl", *argv], input=stdin, text=True, capture_output=True, env=self._environment
        )
