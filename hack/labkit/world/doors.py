"""Ports of a host that nobody gets into from outside; its own processes still do."""

from labkit.box import inside, ok_inside
from labkit.lab import Lab, host_number
from labkit.shell import LabError

_CHAIN = "LAB-CLOSED"
_REFUSE = ("REJECT", "--reject-with", "tcp-reset")
_SILENT = ("DROP",)


def close(lab: Lab, host: str, ports: str, *, silent: bool = False) -> None:
    """`ports`: one, or a range like 49152:49215. `silent`: no answer at all, as behind a firewall."""
    host_number(host)
    numbers = ports.split(":")
    if len(numbers) > 2 or not all(each.isdecimal() and 0 < int(each) < 1 << 16 for each in numbers):
        raise LabError(f"port {ports!r}: from 1 to 65535, or a range like 49152:49215")
    if not ok_inside(lab, host, "iptables", "-n", "-L", _CHAIN):
        inside(lab, host, "iptables", "-N", _CHAIN)
        inside(lab, host, "iptables", "-I", "INPUT", "!", "-i", "lo", "-p", "tcp", "-j", _CHAIN)
    how = _SILENT if silent else _REFUSE
    inside(lab, host, "iptables", "-A", _CHAIN, "-p", "tcp", "--dport", ports, "-j", *how)


def open_all(lab: Lab, host: str) -> None:
    """None is closed any more."""
    if ok_inside(lab, host, "iptables", "-n", "-L", _CHAIN):
        inside(lab, host, "iptables", "-F", _CHAIN)
