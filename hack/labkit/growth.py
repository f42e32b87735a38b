"""Hosts that a lab has for a while: they come by `up`, and go without a trace in the cluster.

Killed amid a removal, the host is off and may still have a node: the next `up` mends it, as any other, and
`up --exactly` removes it then.
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
    """Power hosts of the lab off for good, with all that they hold; the cluster forgets them, too."""
    if not names:
        return
    with alone(lab):
        for name in names:
            box.power_off(lab, name)
            kubectl(lab, "delete", "node", name, "--ignore-not-found")
            at_it = ("--all-namespaces", "--field-selector", f"spec.nodeName={name}")
            kubectl(lab, "delete", "pods", *at_it, "--force", "--grace-period=0")
        forgotten = f"Godwit to forget {' '.join(names)}"
        wait_for(forgotten, lambda: not set(names) & _known(lab), _FORGOTTEN_SECONDS)
        for name in names:
            box.remove(lab, name)
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
