"""All ports of libvirt together: what the agent is wired to."""

from typing import Protocol

from godwit.hypervisor.ports import (
    Guests,
    Host,
    Images,
    Jobs,
    Mirrors,
    Power,
    Probes,
    Receptions,
    Removal,
    Tuning,
)


class LibvirtPorts(Protocol):
    """One host's libvirt, as the agent sees it."""

    @property
    def host(self) -> Host:
        """The host itself, and its events."""

    @property
    def guests(self) -> Guests:
        """Its domains."""

    @property
    def power(self) -> Power:
        """Stopping a domain and letting it go on."""

    @property
    def tuning(self) -> Tuning:
        """What a job may take."""

    @property
    def removal(self) -> Removal:
        """Ending a domain for good."""

    @property
    def jobs(self) -> Jobs:
        """Migrations from here."""

    @property
    def probes(self) -> Probes:
        """Tokens beside images."""

    @property
    def receptions(self) -> Receptions:
        """Whether a guest would be taken."""

    @property
    def images(self) -> Images:
        """Images and directories."""

    @property
    def mirrors(self) -> Mirrors:
        """Copies of disks that run."""
