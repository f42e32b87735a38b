"""The API server as a user's program has it while things break: it asks again, and its watch begins again."""

import http.client
import json
import ssl
import time
from threading import Condition, Event, Thread
from typing import Any
from urllib.parse import urlsplit

from labkit.certificates import authority, pair
from labkit.lab import Lab
from labkit.shell import LabError

MIGRATIONS = "/apis/godwit.dev/v1alpha1/namespaces/{}/vmmigrations"
FINAL = frozenset({"Succeeded", "Failed", "Cancelled"})
_CONNECT_SECONDS = 5.0
_PATIENCE_SECONDS = 60.0
_AGAIN_SECONDS = 0.1
_KINDS = {"PATCH": "application/merge-patch+json"}

Body = dict[str, Any]


class Client:
    """As the lab's admin."""

    def __init__(self, lab: Lab) -> None:
        server = urlsplit(lab.api_url)
        self._host, self._port = server.hostname or "", server.port
        self._context = ssl.create_default_context(cafile=str(authority(lab) / "ca.crt"))
        self._context.load_cert_chain(*pair(lab, "admin", "/O=system:masters/CN=admin"))

    def ask(self, method: str, path: str, body: Body | None = None) -> tuple[int, Body]:
        """Status and answer; an API server that is away is asked for a minute, then `LabError`."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return self._once(method, path, body)
            except (OSError, http.client.HTTPException, ValueError) as error:
                if time.monotonic() > deadline:
                    raise LabError(f"{method} {path}: {error}") from error
            time.sleep(_AGAIN_SECONDS)

    def must(self, method: str, path: str, body: Body | None = None) -> Body:
        """The answer to what can't be refused. What is there already, or is gone already, is as wanted."""
        status, answer = self.ask(method, path, body)
        as_wanted = {"POST": http.HTTPStatus.CONFLICT, "DELETE": http.HTTPStatus.NOT_FOUND}.get(method)
        if status >= http.HTTPStatus.BAD_REQUEST and status != as_wanted:
            raise LabError(f"{method} {path}: {status}: {answer.get('message', answer)}")
        return answer

    def open(self, path: str) -> http.client.HTTPResponse:
        """A watch that has begun, to be closed by whoever reads it; raises what broke it."""
        connection = self._connect()
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException):
            connection.close()
            raise
        if answer.status != http.HTTPStatus.OK:
            answer.close()
            raise http.client.HTTPException(f"{path}: {answer.status}")
        return answer

    def _once(self, method: str, path: str, body: Body | None) -> tuple[int, Body]:
        connection = self._connect()
        try:
            kind = {"Content-Type": _KINDS.get(method, "application/json")}
            connection.request(method, path, json.dumps(body) if body is not None else None, kind)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def _connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=_CONNECT_SECONDS, context=self._context
        )


class Story:
    """One VMMigration as a watch tells it: every phase with its time, in seconds of the epoch."""

    def __init__(self, client: Client, namespace: str, name: str) -> None:
        self.path = f"{MIGRATIONS.format(namespace)}/{name}"
        self.phases: list[tuple[str, float]] = []
        self.status: Body = {}
        """The last one that was seen; it stays when the object is gone."""
        self.finalizer = False
        self.gone = False
        self._client = client
        self._watch = f"{MIGRATIONS.format(namespace)}?watch=true&timeoutSeconds=20"
        self._name = name
        self._news = Condition()
        self._ended = Event()
        self._reader = Thread(target=self._read, daemon=True)

    def begin(self) -> None:
        """Follow it until `end`; it has been created before."""
        self._reader.start()

    def end(self) -> None:
        """The watch ends within its own timeout."""
        self._ended.set()

    @property
    def phase(self) -> str:
        """The last one; empty before the first."""
        return self.phases[-1][0] if self.phases else ""

    @property
    def final(self) -> bool:
        """Its end is written, or it is gone."""
        return self.gone or self.phase in FINAL

    @property
    def closed(self) -> bool:
        """Nothing more is owed."""
        return self.gone or (self.final and not self.finalizer)

    def wait(self, seconds: float) -> None:
        """Until something new was told, at most so long."""
        with self._news:
            self._news.wait(seconds)

    def _read(self) -> None:
        while not self._ended.is_set():
            try:
                self._look()
                with self._client.open(self._watch) as lines:
                    for line in lines:
                        event = json.loads(line)
                        self._take(event["object"], gone=event["type"] == "DELETED")
            except (OSError, http.client.HTTPException, ValueError, LabError):
                time.sleep(_AGAIN_SECONDS)

    def _look(self) -> None:
        """What the watch may have missed."""
        status, found = self._client.ask("GET", self.path)
        self._take(found if status == http.HTTPStatus.OK else {}, gone=status == http.HTTPStatus.NOT_FOUND)

    def _take(self, migration: Body, *, gone: bool) -> None:
        metadata = migration.get("metadata", {})
        if not gone and metadata.get("name") != self._name:
            return
        with self._news:
            self.status = migration.get("status", self.status)
            self.finalizer = bool(metadata.get("finalizers"))
            self.gone = gone
            phase = self.status.get("phase", "")
            if phase and phase != self.phase:
                self.phases.append((phase, time.time()))
            self._news.notify_all()
