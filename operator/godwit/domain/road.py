"""The roads from a source to other hosts' libvirtd, as the source sees them: what answers, and as whom.

Whoever looks writes down what there is, by the clock of its own host: that is the one by which its libvirtd
takes a certificate for good or not.
"""

import ipaddress
from datetime import datetime
from enum import StrEnum

from godwit.domain.value import Value

LIBVIRT_PORT = 16514
"""libvirtd's, where it listens with TLS."""
WAIT_SECONDS = 3.0
"""For each answer: a SYN that was lost is sent again after a second, and all wait for the slowest."""
MOST_NAMES = 16
"""Of a certificate, that are told."""
MOST_ADDRESSES = 64
"""That are looked at."""


class Answer(StrEnum):
    """What became of a TCP connection."""

    OPEN = "Open"
    REFUSED = "Refused"
    """The host is there, and nobody listens; or a firewall answers so."""
    SILENT = "Silent"
    UNREACHABLE = "Unreachable"
    """The network or a firewall says so."""
    UNKNOWN_NAME = "UnknownName"
    """The address is a name that has no address."""


class Trust(StrEnum):
    """What becomes of a certificate's chain, its dates aside."""

    TRUSTED = "Trusted"
    UNTRUSTED = "Untrusted"
    """It leads to no authority of this host's."""
    DOUBTFUL = "Doubtful"
    """OpenSSL refuses something about it that libvirt's GnuTLS may see in another way."""
    NOT_SEEN = "NotSeen"
    """The agent can't read the host's authorities."""


class Certificate(Value):
    """What decides of an X.509 certificate."""

    subject: str
    """Its common name; empty where it has none."""
    issuer: str
    names: tuple[str, ...]
    """DNS names and IP addresses that it is good for."""
    not_before: datetime
    not_after: datetime


class Shown(Value):
    """What a libvirtd shows of itself."""

    certificate: Certificate
    named: bool
    """One of the certificate's names is the address that it was reached by."""
    trust: Trust
    why: str = ""
    """OpenSSL's words, or why the authorities could not be read."""
    ends_above: bool = False
    """The certificate of an authority above it is out of its dates."""


class Own(Value):
    """What the host's libvirtd shows of itself to others."""

    certificate: Certificate | None = None
    why: str = ""
    """Why it could not be read."""


class Road(Value):
    """What there is at one address."""

    address: str
    answer: Answer
    """Of libvirtd's port."""
    message: str = ""
    """The system's words where it is not open, TLS's where it is and shows nothing."""
    shown: Shown | None = None
    knock: Answer | None = None
    """Of the migration port. Nobody listens there yet: a refusal is the good answer. It decides nothing, and
    tells how a call that has not arrived may have been lost.
    """


class Outlook(Value):
    """All that is seen from one host, in one look."""

    at: datetime
    """By its clock."""
    own: Own = Own()
    roads: tuple[Road, ...] = ()
    look: int = 0
    """0: that of the inspection. A further one answers `TaskSpec.looks`."""

    def road(self, address: str) -> Road | None:
        """To that address; None where nobody looked there."""
        return next((road for road in self.roads if road.address == address), None)


class Inspection(Value):
    """When a host looked, by its own clock."""

    began_at: datetime
    ended_at: datetime


def is_named(names: tuple[str, ...], address: str) -> bool:
    """Whether a certificate of these names is good for the address, as GnuTLS sees it.

    A star stands for one label, the leftmost. An IP address is the same however it is written.
    """
    wanted = _written_alike(address)
    return any(_fits(_written_alike(name), wanted) for name in names)


def uri_host(address: str) -> str:
    """As it stands in a URI: there an IPv6 address has brackets, or its end would be taken for a port."""
    ip = _ip(address)
    return f"[{address}]" if ip and ip.version == 6 else address


def is_ip_address(text: str) -> bool:
    """Of either version."""
    return _ip(text) is not None


def _written_alike(name: str) -> str:
    return str(_ip(name) or name.lower())


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _fits(name: str, address: str) -> bool:
    if not name.startswith("*."):
        return name == address
    label, dot, rest = address.partition(".")
    return bool(label and dot) and rest == name.removeprefix("*.") and "." in rest
