"""Every version of a VMMigration that a watch saw: for what must hold all the time, not only at the end."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..api_server import Body
from ..lab import Lab

Story = Callable[[str], list[Body]]
"""All versions so far of the VMMigration of that name, the oldest first."""


@contextmanager
def watch(lab: Lab, namespace: str, path: Path) -> Iterator[Story]:
    """`kubectl get --watch` writes into `path` as long as the block lasts."""
    command = ["kubectl", "get", "vmmigrations", "-n", namespace, "--watch", "-o", "json"]
    with path.open("w") as file:
        process = subprocess.Popen(command, stdout=file, env={**os.environ, **lab.json("env")})
    try:
        yield lambda name: [each for each in _documents(path) if each["metadata"]["name"] == name]
    finally:
        process.kill()
        process.wait()


def _documents(path: Path) -> Iterator[Body]:
    """One after the other; the last may be half written."""
    text, decoder, at = path.read_text(), json.JSONDecoder(), 0
    while begin := text.find("{", at) + 1:
        try:
            document, at = decoder.raw_decode(text, begin - 1)
        except json.JSONDecodeError:
            return
        yield document
