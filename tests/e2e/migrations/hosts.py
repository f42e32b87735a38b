"""The hosts as virsh shows them: where a guest is, its definitions, and how often it was sent away."""

import re

from labkit.guest.whereabouts import ABSENT

from ..lab import Lab

NAMES = ("host1", "host2")
PATTERN = "godwit.dev"
"""In the URI of every mark."""


class Hosts:
    """The two hosts of the lab."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def place(self, guest: str) -> str:
        """The host where it is active; fails unless there is exactly one."""
        listed = {row["guest"]: row["states"] for row in self._lab.json("guest", "list")}
        there = [host for host, state in listed[guest].items() if state not in (ABSENT, "shut off")]
        assert len(there) == 1, listed[guest]
        return str(there[0])

    def other(self, host: str) -> str:
        """Of the two."""
        return NAMES[1 - NAMES.index(host)]

    def virsh(self, host: str, *argv: str) -> str:
        """What it says; fails when it does."""
        return self._lab.inside(host, "virsh", "-q", *argv)

    def info(self, host: str, guest: str) -> dict[str, str]:
        """`virsh dominfo`, e.g. `Persistent`, `Autostart`, `State`."""
        lines = self.virsh(host, "dominfo", guest).splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def knows(self, host: str, guest: str) -> bool:
        """Whether that libvirt has a domain of that name, running or not."""
        return guest in self.virsh(host, "list", "--all", "--name").split()

    def definition(self, host: str, guest: str) -> str:
        """The persistent one."""
        return self.virsh(host, "dumpxml", "--inactive", guest)

    def marks(self, host: str, guest: str) -> list[str]:
        """Lines of both definitions that bear a mark of Godwit's."""
        both = self.virsh(host, "dumpxml", guest) + self.definition(host, guest)
        return [line for line in both.splitlines() if PATTERN in line]

    def jobs(self, guest: str) -> int:
        """How many migrations of it QEMU has begun, on all hosts together, in its whole life."""
        count = ("sh", "-c", f"cat /var/log/libvirt/qemu/{guest}.log 2>/dev/null || true")
        logs = "".join(self._lab.inside(host, *count) for host in NAMES)
        return len(re.findall(r"^\S+ \S+: initiating migration$", logs, re.M))
