"""What may be wrong on the road between the two hosts: address, ports, certificates, clocks."""

from datetime import timedelta

from msgspec.structs import replace

from godwit.domain.contact import Arrival
from godwit.domain.observation import ClockSkew
from godwit.domain.qemu_certificate import QEMUCertificate
from godwit.domain.road import Answer, Own, Trust

from ..builders import CERTIFICATE, NOON
from .row import FAIL, NOT_RUN, fails, not_run, row, warns
from .world import World, at_destination, with_contact, with_facts, with_road, with_shown


def _own(world: World, **changes: object) -> World:
    """What host1 shows of itself."""
    assert world.outlook is not None
    own = Own(replace(CERTIFICATE, subject="host1", **changes)) if changes else Own(why="there is no file")
    return replace(world, outlook=replace(world.outlook, own=own))


def _certificate(world: World, **changes: object) -> World:
    return with_shown(world, certificate=replace(CERTIFICATE, **changes))


def _ends_early(world: World) -> World:
    ends = NOON + timedelta(days=2)
    return replace(_certificate(world, not_after=ends), timeout_seconds=3 * 86400)


def _unheard(world: World, **changes: object) -> World:
    return with_contact(with_road(world, **changes), arrival=Arrival.MISSED)


def _qemu(world: World, which: str, **changes: object) -> World:
    """What QEMU of one of the hosts shows of itself."""
    own = Own(replace(CERTIFICATE, **changes)) if changes else Own(why="there is no file")
    return replace(world, **{which: QEMUCertificate(NOON, own)})


ENDED = NOON - timedelta(hours=1)
UNSEEN = {"Reachable": FAIL, "TLS": NOT_RUN}

WRONG_ROAD = (
    row(
        "no address",
        "road",
        at_destination,
        fails("MigrationAddress"),
        "host2 publishes no address",
        migration_address="",
    ),
    row(
        "nobody looked at the road",
        "road own",
        with_facts,
        not_run("Reachable", "TLS"),
        "host1",
        "libvirtd on host2",
        outlook=None,
    ),
    row(
        "libvirtd does not listen",
        "road",
        with_road,
        UNSEEN,
        "libvirtd on host2",
        "refused",
        answer=Answer.REFUSED,
    ),
    row("a firewall", "road", with_road, UNSEEN, "libvirtd on host2", "nobody answers", answer=Answer.SILENT),
    row("no route", "road", with_road, UNSEEN, "libvirtd on host2", "no way", answer=Answer.UNREACHABLE),
    row(
        "a name without an address", "road", with_road, UNSEEN, "address-of-host2", answer=Answer.UNKNOWN_NAME
    ),
    row(
        "a firewall before QEMU's ports",
        "road call",
        _unheard,
        fails("MigrationPort"),
        "host1 does not reach port 49215 of host2",
        "nobody answers",
        knock=Answer.SILENT,
    ),
    row(
        "a firewall that answers for QEMU's ports",
        "road call",
        _unheard,
        fails("MigrationPort"),
        "host1 does not reach port 49215 of host2",
        "something refuses it",
        knock=Answer.REFUSED,
    ),
    row(
        "QEMU's port is taken",
        "road call",
        with_contact,
        warns("MigrationPort"),
        "port 49215 of host2",
        "Address already in use",
        arrival=Arrival.NOT_TRIED,
        message="Address already in use",
    ),
    row(
        "nobody listened for the call",
        "road call",
        with_facts,
        not_run("MigrationPort"),
        "ports of host2",
        "host2 does not tell",
        contact=None,
    ),
    row(
        "no TLS",
        "road",
        with_road,
        fails("TLS"),
        "libvirtd on host2",
        "no TLS handshake",
        "wrong version",
        shown=None,
        message="wrong version",
    ),
    row(
        "a certificate for others",
        "road",
        with_shown,
        fails("TLS"),
        "libvirtd on host2",
        "not for address-of-host2",
        named=False,
    ),
    row(
        "an unknown authority",
        "road",
        with_shown,
        fails("TLS"),
        "host1 does not trust",
        "libvirtd on host2",
        trust=Trust.UNTRUSTED,
        why="unknown CA",
    ),
    row(
        "authorities not seen",
        "road",
        with_shown,
        warns("TLS"),
        "whether host1 trusts",
        "libvirtd on host2",
        trust=Trust.NOT_SEEN,
    ),
    row(
        "a doubtful certificate",
        "road",
        with_shown,
        warns("TLS"),
        "OpenSSL on host1",
        "libvirtd on host2",
        trust=Trust.DOUBTFUL,
    ),
    row(
        "a certificate that has ended",
        "road",
        _certificate,
        fails("TLS"),
        "libvirtd on host2 ended at 2026-01-01 11:00:00",
        not_after=ENDED,
    ),
    row(
        "a certificate's last day",
        "road",
        _certificate,
        warns("TLS"),
        "libvirtd on host2 ends at",
        "within a day",
        not_after=NOON + timedelta(hours=20),
    ),
    row(
        "a certificate that ends before the job",
        "road timeout",
        _ends_early,
        fails("TLS"),
        "libvirtd on host2 ends at",
        "tuning.timeout",
    ),
    row(
        "an authority that has ended",
        "road",
        with_shown,
        fails("TLS"),
        "an authority",
        "libvirtd on host2",
        ends_above=True,
    ),
    row(
        "no client certificate",
        "own",
        _own,
        warns("ClientCertificate"),
        "client certificate of host1",
        "there is no file",
    ),
    row(
        "a client certificate that has ended",
        "own",
        _own,
        fails("ClientCertificate"),
        "client certificate host1 of host1 ended",
        not_after=ENDED,
    ),
    row(
        "no certificate of QEMU at the source",
        "qemu client",
        _qemu,
        warns("QEMUCertificates"),
        "the client certificate of QEMU on host1",
        "there is no file",
        which="qemu_client",
    ),
    row(
        "a client certificate of QEMU that has ended",
        "qemu client",
        _qemu,
        fails("QEMUCertificates"),
        "the client certificate of QEMU on host1 ended",
        which="qemu_client",
        not_after=ENDED,
    ),
    row(
        "a server certificate of QEMU that has ended",
        "qemu server",
        _qemu,
        fails("QEMUCertificates"),
        "the server certificate of QEMU on host2 ended",
        which="qemu_server",
        not_after=ENDED,
    ),
    row(
        "a server certificate of QEMU for others",
        "qemu server",
        _qemu,
        fails("QEMUCertificates"),
        "the server certificate of QEMU on host2 is for host7",
        "not for address-of-host2",
        which="qemu_server",
        names=("host7",),
    ),
    row(
        "clocks minutes apart",
        "clock",
        with_facts,
        fails("Clock"),
        "the clock of host2 is 120.0 s ahead of that of host1",
        clock_skew=ClockSkew(120, 0.1),
    ),
    row(
        "clocks seconds apart",
        "clock",
        with_facts,
        warns("Clock"),
        "the clock of host2 is 5.0 s behind that of host1",
        clock_skew=ClockSkew(-5, 0.1),
    ),
    row("clocks not compared", "clock", with_facts, warns("Clock"), "host1 and host2", clock_skew=None),
)
