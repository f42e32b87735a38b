import libvirt
import pytest

from godwit.domain.reasons import Reason
from godwit.hypervisor.errors import answered, reason_of

CHANNEL = "job 'migration out' failed: Channel error: Input/output error"
PIPE = "job 'migration out' failed: Unable to write to socket: Broken pipe"
RESET = "job 'migration out' failed: Unable to read from socket: Connection reset by peer"
CUT = (
    "job 'migration out' failed: "
    "Cannot read from TLS channel: The TLS connection was non-properly terminated."
)
DIED = "internal error: QEMU unexpectedly closed the monitor (vm='vm')"
ENDED = (
    f"{DIED}: 2026-11-30 00:27:13.870+0000: shutting down, reason=failed\n"
    "2026-11-30T00:27:13.870227Z qemu-system-x86_64: "
    "terminating on signal 15 from pid 77 (/usr/sbin/libvirtd)"
)
UNREAD = "operation failed: job 'migration in' failed: load of migration failed: Input/output error"
REFUSED = "operation failed: job 'migration in' failed: load of migration failed: Invalid argument"
ABSENT = "Domain not found: no domain with matching name 'vm'"


def both(here: str, there: str) -> str:
    return (
        f"operation failed: migration failed. Message from the source host: operation failed: {here}. "
        f"Message from the destination host: {there}"
    )


ABORTS = (
    "operation aborted: job 'migration out' canceled by client",
    "operation aborted: migration out: canceled by client",
    f"operation failed: {CHANNEL}",
    both(CHANNEL, ENDED),
    both(CHANNEL, UNREAD),
    both(CHANNEL, REFUSED),
    f"operation failed: {PIPE}",
    both(PIPE, ENDED),
    both(PIPE, UNREAD),
)
"""Each was seen after `virsh domjobabort`."""

DEATHS = (
    f"operation failed: {RESET}",
    f"operation failed: {CUT}",
    both(RESET, DIED),
    both(RESET, ENDED),
    both(RESET, ABSENT),
    both(CUT, DIED),
    both(PIPE, DIED),
    "internal error: client socket is closed",
)
"""Each was seen when the destination's QEMU or libvirtd was killed, or when the way there was closed."""

PEER = (
    (81, "Unsafe migration: Migration may lead to data corruption", Reason.MIGRATE_UNSAFE),
    (78, "operation aborted: migration out: canceled by client", Reason.ABORTED_OUTSIDE),
    (68, "Timed out during operation: cannot acquire state change lock", Reason.OPERATION_TIMEOUT),
    (91, "the CPU is incompatible with host CPU", Reason.CPU_INCOMPATIBLE),
    (
        9,
        "operation failed: guest CPU doesn't match specification: missing features: x",
        Reason.CPU_INCOMPATIBLE,
    ),
    (9, "operation failed: domain 'vm' already exists with uuid 5f2a", Reason.NAMESAKE),
    (55, "Requested operation is not valid: domain is already active as 'vm'", Reason.NAMESAKE),
    (
        55,
        "Requested operation is not valid: another migration job is already running for domain 'vm'",
        Reason.GUEST_BUSY,
    ),
    (38, "unable to connect to server at 'h:16514': Connection refused", Reason.CONNECTION_FAILED),
    (
        9,
        "Failed to connect to remote libvirt URI qemu+tls://h/system: No route to host",
        Reason.CONNECTION_FAILED,
    ),
    (38, "End of file while reading data: Input/output error", Reason.CONNECTION_FAILED),
    (1, "internal error: client socket is closed", Reason.CONNECTION_FAILED),
    (
        38,
        "Cannot recv data: The TLS connection was non-properly terminated.: Input/output error",
        Reason.CONNECTION_FAILED,
    ),
    (
        9,
        "Failed to connect to remote libvirt URI qemu+tls://h/system: authentication failed: "
        "Failed to verify peer's certificate",
        Reason.TLS_FAILED,
    ),
    (45, "authentication failed", Reason.TLS_FAILED),
    (9, "operation failed: migration of disk vdb failed: No space left on device", Reason.NO_SPACE),
    (
        9,
        "operation failed: migration failed. Message from the source host: operation failed: migration of "
        "disk vdb failed: Input/output error. Message from the destination host: internal error: QEMU "
        "unexpectedly closed the monitor (vm='vm')",
        Reason.CONNECTION_FAILED,
    ),
    (1, "internal error: something new", Reason.LIBVIRT_ERROR),
)


@pytest.mark.parametrize(("code", "text", "reason"), PEER)
def test_what_libvirt_says_of_a_migration_has_its_reason(code: int, text: str, reason: Reason) -> None:
    assert reason_of(code, text, with_peer=True) is reason


@pytest.mark.parametrize("text", ABORTS)
def test_an_abort_is_told_as_that_also_when_qemu_takes_it_for_a_broken_channel(text: str) -> None:
    code = 78 if "canceled" in text else 9
    assert reason_of(code, text, with_peer=True) is Reason.ABORTED_OUTSIDE


@pytest.mark.parametrize("text", DEATHS)
def test_a_peer_that_dies_has_aborted_nothing(text: str) -> None:
    assert reason_of(9, text, with_peer=True) is Reason.CONNECTION_FAILED


@pytest.mark.parametrize("there", [REFUSED, ABSENT])
def test_a_broken_pipe_is_no_abort_when_the_destination_tells_why(there: str) -> None:
    assert reason_of(9, both(PIPE, there), with_peer=True) is Reason.CONNECTION_FAILED


def test_a_call_without_a_peer_knows_no_peers_errors() -> None:
    assert reason_of(38, "Cannot open '/x': Input/output error") is Reason.LIBVIRT_ERROR
    assert reason_of(42, "Domain not found") is Reason.VM_NOT_FOUND


def test_a_full_disk_is_told_as_the_destinations() -> None:
    error = libvirt.libvirtError("")
    error.err = (9, 0, "migration of disk vdb failed: No space left on device", 2, None, None, None, 0, 0)
    told = answered("migrate", error, with_peer=True)
    assert told.reason is Reason.NO_SPACE
    assert str(told).startswith("migrate: at the destination: ")
