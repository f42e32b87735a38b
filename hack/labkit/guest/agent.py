"""Talking with the guest itself: one command, the lines of its answer, each a word and `name=value` pairs."""

import re
import socket
from dataclasses import dataclass

from labkit.guest.spec import Guest
from labkit.guest.state import address
from labkit.lab import Lab

PORT = 7000
COMMANDS = ("status", "memory", "disks", "clock", "flip", "poweroff", "reboot", "crash")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an answer, e.g. `memory pages=2112 bad=0 first=0`."""

    kind: str
    fields: dict[str, str]

    def number(self, name: str) -> int:
        """A field that is a whole number."""
        return int(self.fields[name])


def ask(lab: Lab, guest: Guest, command: str, seconds: float = 10) -> list[str]:
    """The lines that the guest answers; `OSError` when it doesn't, or stays silent for `seconds`."""
    with socket.create_connection((address(lab, guest), PORT), timeout=seconds) as connection:
        connection.sendall(f"{command}\n".encode())
        answer: list[str] = []
        with connection.makefile("r", encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.strip() == "end":
                    return answer
                answer.append(line.strip())
    raise ConnectionError("it hung up in the middle of its answer")


def parse(line: str) -> Line:
    """A line's word and its fields."""
    return Line(line.split(" ", 1)[0], dict(re.findall(r"(\w+)=(\S+)", line)))
