import pytest

from godwit.domain.reasons import Reason
from godwit.hypervisor.errors import reason_of

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


def test_a_call_without_a_peer_knows_no_peers_errors() -> None:
    assert reason_of(38, "Cannot open '/x': Input/output error") is Reason.LIBVIRT_ERROR
    assert reason_of(42, "Domain not found") is Reason.VM_NOT_FOUND
