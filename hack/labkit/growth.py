"""Hosts that a lab has for a while: they come by `up`, and go without a trace in the cluster.

Killed amid a removal, the host is off and may still have a node: removing it once more ends that.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from labkit import box
from labkit.kubernetes import kubectl
from labkit.lab import Lab, hosts
from labkit.registry import alone
from labkit.shell import LabError, say, wait_for
from labkit.up import up

_FORGOTTEN_SECONDS = 60


@contextmanager
def grown(lab: Lab, host_count: int, flavors: dict[str, str] | None = None) -> Iterator[None]:
    """The lab has so many hosts until the end of the block; those that it had before stay."""
    before = set(hosts(lab))
    try:
        up(lab, host_count, flavors)
        yield
    finally:
        remove(lab, [host for host in hosts(lab) if host not in before])


def remove(lab: Lab, names: list[str]) -> None:
    """Power hosts off for good, with all that they hold; nothing in the cluster tells of them any more."""
    if missing := [name for name in names if name not in hosts(lab)]:
        raise LabError(f"lab {lab.name!r} has no {' '.join(missing)}; its hosts: {' '.join(hosts(lab))}")
    with alone(lab):
        for name in names:
            box.power_off(lab, name)
            kubectl(lab, "delete", "node", name, "--ignore-not-found")
            at_it = ("--all-namespaces", "--field-selector", f"spec.nodeName={name}")
            kubectl(lab, "delete", "pods", *at_it, "--force", "--grace-period=0")
        wait_for(
            f"Godwit to forget {' '.join(names)}",
            lambda: not set(names) & _known(lab),
            _FORGOTTEN_SECONDS,
        )
        for name in names:
            box.remove(lab, name)
    if names:
        say(f"{' '.join(names)} removed")


def _known(lab: Lab) -> set[str]:
    """Hosts of which there is a Hypervisor; none in a lab without Godwit."""
    try:
        listed = kubectl(lab, "get", "hypervisors", "-o", "name")
    except LabError as error:
        if "the server doesn't have a resource type" in str(error):
            return set()
        raise
    return {line.rpartition("/")[2] for line in listed.split()}
