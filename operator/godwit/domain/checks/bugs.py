"""Bugs of libvirt and QEMU that hurt a migration as Godwit makes it, as data: a row each.

Godwit's is live, peer to peer, with TLS for memory and disks, with its own definitions for the destination,
and copies by NBD. Bugs of post-copy and of parallel connections are none of these (10.3.0 mended the host
name that TLS is given for the disks of such; 11.0.0 and 11.4.0 their recovery).

A row fails where the migration would, or the guest would be lost; it warns where it may go well. `mended` is
the release, of that program on that host, from which on the bug is gone; sources are libvirt's NEWS, and the
bug's own report where one is named.
"""

from collections.abc import Callable

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.safe_storage import DEPENDS_ON, KNOWN_AS_SHARED
from godwit.domain.guest_cpu import CPUMode, GuestCPU
from godwit.domain.host import Program
from godwit.domain.migration import CheckResult
from godwit.domain.storage import wanted_copies
from godwit.domain.task import Role
from godwit.domain.value import Value

Condition = Callable[[PreflightFacts], bool]
Version = tuple[int, ...]

REKEYED_BYTES = 64 * 10**9
"""What a migration sends in the 2^24 records after which TLS takes new keys."""


class Span(Value):
    """Releases of one program on one of the hosts, from one on and below another."""

    at: Role
    program: Program
    since: Version = ()
    below: Version | None = None

    def holds(self, version: Version) -> bool:
        """Whether it is one of them."""
        return version >= self.since and (self.below is None or version < self.below)


class Bug(Value):
    """One row: it is met where all spans hold and the guest is of that kind."""

    id: str
    """The release that mended it, or its number."""
    at: Role
    """The host on which something can be done about it."""
    spans: tuple[Span, ...]
    guest: Condition
    result: CheckResult
    message: str
    remedy: str


def _libvirt(at: Role, since: Version = (), below: Version | None = None) -> Span:
    return Span(at, Program.LIBVIRT, since, below)


def _qemu(at: Role, since: Version = (), below: Version | None = None) -> Span:
    return Span(at, Program.QEMU, since, below)


def _any(_: PreflightFacts) -> bool:
    return True


def _copies(facts: PreflightFacts) -> bool:
    return bool(wanted_copies(facts.storage))


def _on_nfs(facts: PreflightFacts) -> bool:
    return any(disk.file_system.startswith("nfs") for disk in facts.guest.disks)


def _emulated(facts: PreflightFacts) -> bool:
    return bool(facts.guest.cpu and facts.guest.cpu.emulated)


def _checked(facts: PreflightFacts) -> GuestCPU | None:
    """The CPU that libvirt compares feature by feature."""
    cpu = facts.guest.cpu
    return cpu if cpu and cpu.mode in (CPUMode.CUSTOM, CPUMode.HOST_MODEL) else None


def _has_cpu(facts: PreflightFacts) -> bool:
    return _checked(facts) is not None


def _has_vmx(facts: PreflightFacts) -> bool:
    cpu = _checked(facts)
    return cpu is not None and "vmx" in cpu.features


def _lacks_vmx_features(facts: PreflightFacts) -> bool:
    cpu = _checked(facts)
    return cpu is not None and any(name.startswith("vmx-") for name in cpu.disabled)


def _has_threads(facts: PreflightFacts) -> bool:
    cpu = _checked(facts)
    return cpu is not None and cpu.threads_per_socket > 1


def _has_tpm_on_one_shared_place(facts: PreflightFacts) -> bool:
    """As far as that is known: shared to libvirt on one host, and not on the other."""
    tpm = facts.guest.equipment.tpm if facts.guest.equipment else None
    if tpm is None or tpm.backend != "emulator":
        return False
    kinds = [host.status.tpm_state_file_system for host in (facts.source, facts.destination)]
    unknown = bool(tpm.state) or any(not kind or kind in DEPENDS_ON for kind in kinds)
    return unknown or len({kind in KNOWN_AS_SHARED for kind in kinds}) > 1


def _is_large(facts: PreflightFacts) -> bool:
    return facts.guest.memory_bytes >= REKEYED_BYTES


SOURCE, DESTINATION = Role.SOURCE, Role.DESTINATION
FAIL, WARN = CheckResult.FAIL, CheckResult.WARN

BUGS: tuple[Bug, ...] = (
    Bug(
        "libvirt 8.8.0",
        SOURCE,
        (_libvirt(SOURCE, (8, 7), (8, 8)),),
        _copies,
        FAIL,
        "libvirt 8.7 can't set up the copies of disks",
        "upgrade libvirt",
    ),
    Bug(
        "libvirt 8.9.0",
        SOURCE,
        (_libvirt(SOURCE, (8, 8), (8, 9)),),
        _any,
        WARN,
        "libvirt 8.8 crashes when it is restarted while a guest leaves",
        "upgrade libvirt; until then leave libvirtd alone while a guest leaves",
    ),
    Bug(
        "libvirt 10.2.0",
        DESTINATION,
        (_libvirt(SOURCE, below=(9, 10)), _libvirt(DESTINATION, (9, 10), (10, 2))),
        _has_vmx,
        FAIL,
        "libvirt 9.10 to 10.1 refuses a guest with vmx that an older one has started, over features unknown "
        "to that",
        "upgrade libvirt, or take vmx from the guest and restart it",
    ),
    Bug(
        "libvirt 10.2.0",
        SOURCE,
        (_libvirt(SOURCE, (9, 10), (10, 2)), _libvirt(DESTINATION, below=(9, 10))),
        _has_vmx,
        FAIL,
        "a guest with vmx that libvirt 9.10 to 10.1 has started is refused by older ones, over features that "
        "they don't know",
        "upgrade libvirt on the destination, too, or take vmx from the guest and restart it",
    ),
    Bug(
        "libvirt 10.2.0",
        DESTINATION,
        (_libvirt(SOURCE, (10, 2)), _libvirt(DESTINATION, (9, 10), (10, 2))),
        _has_vmx,
        FAIL,
        "libvirt 9.10 to 10.1 refuses a guest with vmx that comes from 10.2 or later",
        "upgrade libvirt, or take vmx from the guest and restart it",
    ),
    Bug(
        "libvirt 10.3.0",
        SOURCE,
        (_libvirt(SOURCE, (10, 2), (10, 3)),),
        _has_cpu,
        FAIL,
        "libvirt 10.2 may refuse to begin, because it takes the CPU in its own definition for another one",
        "upgrade libvirt",
    ),
    *(
        Bug(
            "libvirt 10.4.0",
            at,
            (_libvirt(at, (10, 1), (10, 4)),),
            _on_nfs,
            WARN,
            "libvirt 10.1 to 10.3 may fail with `Unknown error 255` where an image lies on root_squashed NFS",
            "upgrade libvirt",
        )
        for at in Role
    ),
    Bug(
        "libvirt 10.5.0",
        SOURCE,
        (_libvirt(SOURCE, below=(10, 5)),),
        _any,
        WARN,
        "libvirt may crash when the guest shuts down while it leaves",
        "upgrade libvirt",
    ),
    Bug(
        "libvirt 10.5.0",
        DESTINATION,
        (_libvirt(DESTINATION, below=(10, 5)),),
        _lacks_vmx_features,
        FAIL,
        "libvirt before 10.5 expects vmx features at the destination that the guest's definition takes away",
        "upgrade libvirt, or take vmx as a whole from the guest and restart it",
    ),
    Bug(
        "libvirt 11.10.0",
        DESTINATION,
        (
            _qemu(SOURCE, below=(10, 0)),
            _qemu(DESTINATION, (10, 0)),
            _libvirt(DESTINATION, below=(11, 10)),
        ),
        _has_threads,
        FAIL,
        "QEMU 10 reports the CPU feature ht where a socket of the guest has several CPUs, and libvirt before "
        "11.10 refuses it as an extra one",
        "upgrade libvirt; or give the guest one CPU in each socket (`<topology>`), and restart it",
    ),
    *(
        Bug(
            "libvirt 12.0.0",
            at,
            spans,
            _has_tpm_on_one_shared_place,
            WARN,
            "libvirt before 12 may fail over the state of a TPM that is on shared storage on one host",
            "upgrade libvirt on both hosts, or keep /var/lib/libvirt/swtpm on local disks on both",
        )
        for at, spans in (
            (SOURCE, (_libvirt(SOURCE, below=(12, 0)),)),
            (DESTINATION, (_libvirt(SOURCE, (12, 0)), _libvirt(DESTINATION, below=(12, 0)))),
        )
    ),
    Bug(
        "QEMU issue 1937",
        SOURCE,
        (_qemu(SOURCE),),
        _is_large,
        WARN,
        "QEMU may crash in GnuTLS, which takes new keys after 2^24 records, about 64 GB of memory",
        "see whether that is mended in its GnuTLS; if not, `migrate_tls_priority` in qemu.conf (libvirt 11.6 "
        "or later) chooses ciphers that keep their keys",
    ),
    *(
        Bug(
            "seen with QEMU 7.2, not with 10.0",
            at,
            (_qemu(at, below=(9, 0)),),
            _emulated,
            FAIL,
            "QEMU before 9 damages the memory of an emulated guest that writes while it moves",
            "upgrade QEMU",
        )
        for at in Role
    ),
)
