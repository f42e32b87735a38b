"""Another time, as a host's agent sees it: the machine's own clock is everybody's, and stays as it is."""

import re

from labkit import box, containers, faults
from labkit.lab import Lab, host_number
from labkit.shell import LabError, wait_for

_OFFSET = "/run/lab/clock"
"""Read by the host's runc when it creates the agent's container."""


def shift(lab: Lab, host: str, offset: str) -> None:
    """The agent starts anew, and sees a time that is `offset` away, e.g. +90s or -2m."""
    host_number(host)
    if not re.fullmatch(r"[+-][1-9][0-9]{0,5}[smhd]", offset):
        raise LabError(f"clock {offset!r}: a sign, a whole number and s, m, h or d, e.g. +90s")
    box.inside(lab, host, "sh", "-c", f"mkdir -p /run/lab; echo {offset} > {_OFFSET}")
    _restart_agent(lab, host)


def right(lab: Lab, host: str) -> None:
    """The agent sees the machine's time again."""
    if box.ok_inside(lab, host, "rm", _OFFSET):
        _restart_agent(lab, host)


def _restart_agent(lab: Lab, host: str) -> None:
    before = {container.id for container in containers.find(lab, host, "agent")}
    if before:
        faults.kill(lab, ["agent", host])

    def another() -> bool:
        return any(container.id not in before for container in containers.find(lab, host, "agent"))

    wait_for(f"another agent on {host}", another, 30)
