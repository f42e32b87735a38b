"""The API server as a user's program has it: VMMigrations are created, and followed by one watch.

No kubectl here: it takes longer to start than some of what is measured.
"""

import http.client
import json
import ssl
import time
from threading import Condition, Thread
from urllib.parse import urlsplit

from benchkit.followed import Event, Followed, take
from godwit.api.parse import parse_hypervisor
from godwit.domain.host import Hypervisor
from labkit.certificates import authority, pair
from labkit.lab import Lab
from labkit.shell import LabError

_GROUP = "/apis/godwit.dev/v1alpha1"
_CONNECT_SECONDS = 30.0


class Api:
    """Of one namespace; as the lab's admin."""

    def __init__(self, lab: Lab, namespace: str) -> None:
        server = urlsplit(lab.api_url)
        self._host, self._port = server.hostname or "", server.port
        self._context = ssl.create_default_context(cafile=str(authority(lab) / "ca.crt"))
        self._context.load_cert_chain(*pair(lab, "admin", "/O=system:masters/CN=admin"))
        self._path = f"{_GROUP}/namespaces/{namespace}/vmmigrations"
        self._known: dict[str, Followed] = {}
        self._news = Condition()
        self._broken = ""

    def follow(self) -> None:
        """Let the watch begin; it goes on until the process ends."""
        connection = self._connect()
        connection.request("GET", f"{self._path}?watch=true")
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            raise LabError(f"the watch on {self._path}: {answer.status}: {answer.read(2000)!r}")
        # A watch is silent for as long as nothing happens.
        if connection.sock:
            connection.sock.settimeout(None)
        Thread(target=self._read, args=(answer,), daemon=True).start()

    def create(self, name: str, vm: str, destination: str, **more: object) -> float:
        """Ask for a migration, `more` in its spec; gives when it was asked, in seconds of the epoch.

        `destination`: a host's name, or nothing where Godwit is to choose.
        """
        named = {"destination": {"hypervisor": destination}} if destination else {}
        spec = {"vm": {"name": vm}, **named, **more}
        body = json.dumps(
            {
                "apiVersion": "godwit.dev/v1alpha1",
                "kind": "VMMigration",
                "metadata": {"name": name},
                "spec": spec,
            }
        )
        connection = self._connect()
        try:
            connection.connect()
            asked = time.time()
            connection.request("POST", self._path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            if answer.status != http.client.CREATED:
                raise LabError(f"VMMigration {name}: {answer.status}: {answer.read(2000)!r}")
        finally:
            connection.close()
        return asked

    def hypervisors(self) -> list[Hypervisor]:
        """As the cluster has them now."""
        connection = self._connect()
        try:
            connection.request("GET", f"{_GROUP}/hypervisors")
            answer = connection.getresponse()
            told = answer.read()
            if answer.status != http.client.OK:
                raise LabError(f"the Hypervisors: {answer.status}: {told[:2000]!r}")
        finally:
            connection.close()
        return [parse_hypervisor(item) for item in json.loads(told)["items"]]

    def wait_closed(self, name: str, seconds: float) -> Followed:
        """Until nothing more will be written to it; `LabError` when that takes longer."""
        with self._news:
            self._news.wait_for(lambda: self._broken or self._followed(name).closed, seconds)
            found = self._followed(name)
            if not found.closed:
                why = self._broken or f"not at its end after {seconds:.0f} s"
                raise LabError(f"VMMigration {name} is {found.phase or 'not begun'}: {why}: {found.message}")
            return found

    def closed(self) -> int:
        """How many have come to their end."""
        with self._news:
            return sum(found.closed for found in self._known.values())

    def _followed(self, name: str) -> Followed:
        return self._known.setdefault(name, Followed())

    def _connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=_CONNECT_SECONDS, context=self._context
        )

    def _read(self, answer: http.client.HTTPResponse) -> None:
        try:
            for line in answer:
                self._take(json.loads(line), time.time())
            broken = "the API server has ended the watch"
        except (OSError, http.client.HTTPException, ValueError) as error:
            broken = f"the watch broke: {error}"
        with self._news:
            self._broken = broken
            self._news.notify_all()

    def _take(self, event: Event, now: float) -> None:
        if event["type"] not in ("ADDED", "MODIFIED"):
            return
        metadata = event["object"].get("metadata", {})
        with self._news:
            take(self._followed(metadata.get("name", "")), event["object"], now)
            self._news.notify_all()
