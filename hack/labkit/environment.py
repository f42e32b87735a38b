"""The tests' environment: for commands that need more than Python's standard library."""

import os
import subprocess
import sys
from pathlib import Path

HACK = Path(__file__).resolve().parents[1]


def enter() -> None:
    """The process begins anew in that environment, unless it runs there; it is made when it is missing."""
    sys.path.insert(0, str(HACK.parent / "operator"))
    made = subprocess.run([HACK / "setup/prepare"], stdout=subprocess.PIPE, text=True, check=True)
    environment = Path(made.stdout.strip())
    if environment.resolve() != Path(sys.prefix).resolve():
        python = str(environment / "bin/python3")
        os.execv(python, [python, *sys.argv])  # noqa: S606  # no shell is wanted
