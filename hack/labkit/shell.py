"""Running commands: an error names the command, its exit code and what it said."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

# A prefix for commands that mount: however they end, none of their mounts is left on the machine.
OWN_MOUNTS = ("unshare", "--mount", "--propagation", "private")


class LabError(Exception):
    """Something the person at the keyboard has to know; the message is the whole story."""


def say(message: str) -> None:
    """Progress, on stderr, so that stdout holds answers only."""
    print(message, file=sys.stderr, flush=True)


def run(
    *argv: str | Path,
    stdin: str | IO[bytes] | None = None,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    timeout_seconds: float = 600,
) -> str:
    """Run to the end and give stdout; `LabError` when it fails or takes too long. `stdin`: text or a file."""
    command = [str(word) for word in argv]
    text = stdin if isinstance(stdin, str) else None
    file = stdin if not isinstance(stdin, str) and stdin is not None else subprocess.DEVNULL
    try:
        done = subprocess.run(
            command, input=text, stdin=None if text is not None else file,
            cwd=cwd, env=env, text=True, errors="replace", capture_output=True, timeout=timeout_seconds,
        )  # fmt: skip
    except subprocess.TimeoutExpired as late:
        raise LabError(f"{' '.join(command)}: no end after {timeout_seconds:.0f} s") from late
    except FileNotFoundError as missing:
        raise LabError(f"{command[0]}: not on this machine; install it, then try again") from missing
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise LabError(f"{' '.join(command)}: exit code {done.returncode}: {said}")
    return done.stdout


def succeeds(*argv: str | Path) -> bool:
    """Whether the command ends with 0."""
    return subprocess.run([str(word) for word in argv], capture_output=True).returncode == 0


def wait_for(
    what: str, condition: Callable[[], bool], seconds: float = 60, every_seconds: float = 0.1
) -> None:
    """Wait until `condition` holds; `LabError` naming `what` after the deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise LabError(f"{what}: not after {seconds:.0f} s")
        time.sleep(every_seconds)


def ensure_packages(packages: Sequence[str]) -> None:
    """Install the Debian packages that this machine lacks."""
    query = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *packages],
        capture_output=True, text=True,
    )  # fmt: skip
    installed = {line.split()[0] for line in query.stdout.splitlines() if line.endswith(" installed")}
    missing = [package for package in packages if package not in installed]
    if not missing:
        return
    say(f"installing {' '.join(missing)}")
    patient = ("-o", "DPkg::Lock::Timeout=300", "-qq")
    run("apt-get", *patient, "update")
    run(
        "env", "DEBIAN_FRONTEND=noninteractive",
        "apt-get", *patient, "install", "-y", "--no-install-recommends", *missing,
    )  # fmt: skip
