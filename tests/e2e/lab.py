"""The lab as tests use it: each call is one `hack/lab` command, in full, with its exit code and its words.

Two are called by nearly every test, some in a loop: a command in a host, and the check of a guest. `labkit`
itself is asked for these: that takes 10 ms where a process of its own takes 300.

A guest lives as long as its `with` block, also when the block fails. One that an interrupted run left under
the same name is destroyed first, so that the next run mends what the last one broke.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, TypeVar

from labkit import box
from labkit.guest.check import check
from labkit.registry import open_lab
from labkit.shell import LabError

from .api_server import REPOSITORY

T = TypeVar("T")
Verdict = dict[str, Any]
"""What `guest check -o json` prints: the fields of `labkit.guest.check.Verdict`."""
Row = dict[str, Any]
"""What `status -o json` prints of one service: the fields of `labkit.status.Row`."""


class Lab:
    """A lab that runs; by default the one that `GODWIT_LAB` names."""

    def __init__(self, name: str | None = None, *, seconds: float = 300) -> None:
        """`seconds`: a command that takes longer fails with `subprocess.TimeoutExpired`."""
        self.name = name or os.environ.get("GODWIT_LAB", "godwit")
        self._seconds = seconds

    def run(self, *argv: str) -> str:
        """Stdout of a command; fails, with what it said, unless its exit code is 0."""
        done = self.attempt(*argv)
        assert done.returncode == 0, f"hack/lab {' '.join(argv)}: exit code {done.returncode}: {done.stderr}"
        return done.stdout

    def json(self, *argv: str) -> Any:
        """What a command answers with `-o json`."""
        return json.loads(self.run(*argv, "-o", "json"))

    def refused(self, *argv: str) -> str:
        """Stderr of a command; fails unless its exit code is 1, the one for what the lab itself refuses."""
        done = self.attempt(*argv)
        assert done.returncode == 1, f"hack/lab {' '.join(argv)}: exit code {done.returncode}: {done.stderr}"
        return done.stderr

    def attempt(self, *argv: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """A command, however it ends."""
        return subprocess.run(
            self._command(*argv), input=stdin, text=True, capture_output=True, timeout=self._seconds
        )

    @contextmanager
    def begin(self, *argv: str) -> Iterator[subprocess.Popen[str]]:
        """A command that goes on meanwhile; it is killed at the end of the block."""
        # pytest in the background of a shell ignores interrupts, and so would whatever it starts.
        command = ["env", "--default-signal=INT", *self._command(*argv)]
        with subprocess.Popen(
            command, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def _command(self, *argv: str) -> list[str]:
        return [str(REPOSITORY / "hack/lab"), "--name", self.name, *argv]

    def inside(self, host: str, *argv: str) -> str:
        """Stdout of a command in a host, e.g. `inside("host1", "virsh", "list")`; fails when that does."""
        with _failing():
            return box.inside(open_lab(self.name), host, *argv, timeout_seconds=self._seconds)

    def status(self) -> dict[tuple[str, str], Row]:
        """Each row of `status` by box and service, whether all is ready or not."""
        done = self.attempt("status", "-o", "json")
        assert done.stdout, f"hack/lab status: {done.stderr}"
        rows: list[Row] = json.loads(done.stdout)
        assert done.returncode == (0 if all(row["ready"] for row in rows) else 1), done
        return {(row["box"], row["service"]): row for row in rows}

    def verdict(self, guest: str) -> Verdict:
        """What the check says of a guest, whether it is intact or not."""
        done = self.attempt("guest", "check", guest, "-o", "json")
        assert done.stdout, f"hack/lab guest check {guest}: {done.stderr}"
        verdict: Verdict = json.loads(done.stdout)
        assert done.returncode == (1 if verdict["findings"] else 0), done
        return verdict

    def check(self, guest: str) -> Verdict:
        """The same of a guest that is intact; fails with every finding when it isn't."""
        with _failing():
            verdict: Verdict = json.loads(json.dumps(asdict(check(open_lab(self.name), guest))))
        assert not verdict["findings"], f"{guest}: {'; '.join(verdict['findings'])}"
        return verdict

    @contextmanager
    def guest(self, name: str, host: str, *options: str) -> Iterator[str]:
        """A guest that answers, by its name; `options` are those of `guest create`, e.g. `--no-disk`."""
        self._destroy(name)
        self.run("guest", "create", name, "--host", host, *options)
        try:
            yield name
        finally:
            self._destroy(name)

    def _destroy(self, name: str) -> None:
        done = self.attempt("guest", "destroy", name)
        gone = (f"has no guest {name!r}", f"there is no lab {self.name!r}")
        assert done.returncode == 0 or any(words in done.stderr for words in gone), done.stderr


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except LabError as error:
        raise AssertionError(str(error)) from error


def wait_until(what: str, condition: Callable[[], T | None], seconds: float, every_seconds: float = 0.1) -> T:
    """The first answer of `condition` that is true; fails, naming `what`, after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(every_seconds)
    return answer
