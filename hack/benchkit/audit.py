"""Godwit's writes as the API server counts them, from its audit log; heartbeats are left out.

Every request counts that changes something or tries to, also a refused one: the API server had the work.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypedDict

MIGRATIONS, TASKS = "vmmigrations", "migrationtasks"
_CLIENTS = {"godwit-operator": "operator", "godwit-agent": "agent"}
_NODE = "authentication.kubernetes.io/node-name"


@dataclass(frozen=True, slots=True)
class Write:
    """One request; `at` in seconds of the epoch, when the API server had answered it."""

    at: float
    by: str
    node: str
    verb: str
    kind: str
    name: str
    code: int

    @property
    def what(self) -> str:
        """`operator patch vmmigrations/status`, with the code of a request that was refused."""
        refused = f" ({self.code})" if self.code >= 400 else ""
        return f"{self.by} {self.verb} {self.kind}{refused}"


class _User(TypedDict, total=False):
    extra: dict[str, list[str]]


class _Object(TypedDict, total=False):
    resource: str
    subresource: str
    name: str


class _Event(TypedDict, total=False):
    stage: str
    stageTimestamp: str
    verb: str
    userAgent: str
    user: _User
    objectRef: _Object
    responseStatus: dict[str, int]


class AuditLog:
    """What was written since the last look; goes on when the API server begins a new file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = self._path.open()
        self._file.seek(0, 2)
        self._rest = ""

    def close(self) -> None:
        """No more looks."""
        self._file.close()

    def news(self) -> list[Write]:
        """Godwit's writes since the last call, in their order."""
        return list(writes(self._lines()))

    def _lines(self) -> Iterator[str]:
        yield from self._whole_lines()
        if not _same_file(self._file.fileno(), self._path):
            yield from self._whole_lines()
            self._file.close()
            self._file, self._rest = self._path.open(), ""
            yield from self._whole_lines()

    def _whole_lines(self) -> list[str]:
        """A line that is still being written is kept for the next look."""
        *lines, self._rest = (self._rest + self._file.read()).split("\n")
        return lines


def writes(lines: Iterable[str]) -> Iterator[Write]:
    """Godwit's own among the lines of an audit log."""
    for line in lines:
        if "godwit-" in line and (write := _write(json.loads(line))):
            yield write


def breakdown(seen: Iterable[Write]) -> Counter[str]:
    """How many of each."""
    return Counter(write.what for write in seen)


def _write(event: _Event) -> Write | None:
    by = _CLIENTS.get(event.get("userAgent", "").partition("/")[0])
    if by is None or event.get("stage") != "ResponseComplete":
        return None
    object_ = event.get("objectRef", {})
    kind, name = object_.get("resource", ""), object_.get("name", "")
    if kind == "leases" and not name.startswith("vm-"):
        return None
    node = event.get("user", {}).get("extra", {}).get(_NODE, [""])[0]
    return Write(
        at=datetime.fromisoformat(event["stageTimestamp"]).timestamp(),
        by=by,
        node=node,
        verb=event.get("verb", ""),
        kind="/".join(part for part in (kind, object_.get("subresource", "")) if part),
        name=name,
        code=event.get("responseStatus", {}).get("code", 0),
    )


def _same_file(descriptor: int, path: Path) -> bool:
    ours, theirs = os.fstat(descriptor), path.stat()
    return (ours.st_dev, ours.st_ino) == (theirs.st_dev, theirs.st_ino)
