"""A host is as `up` makes it."""

from labkit.lab import Lab
from labkit.world import bridges, certificate, clock, doors, identity


def mend(lab: Lab, host: str) -> None:
    """What `hack/lab host` did is undone."""
    bridges.remove_all(lab, host)
    doors.open_all(lab, host)
    certificate.take_back(lab, host)
    identity.own(lab, host)
    clock.right(lab, host)
