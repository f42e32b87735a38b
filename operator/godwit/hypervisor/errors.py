"""libvirt's errors as reasons. Data first: what has no row keeps its text and is `LibvirtError`.

Codes are libvirt's virErrorNumber. Texts are needed where libvirt has one code for many things; they are
libvirt 11.3's, matched without regard to case, and the first row that fits holds.
"""

import re

import libvirt

from godwit.domain.reasons import Reason
from godwit.hypervisor.ports import HypervisorError

INTERNAL_ERROR = 1
INVALID_ARGUMENT = 8
OPERATION_FAILED = 9
NO_DOMAIN = 42
NO_STORAGE_POOL = 49
NO_STORAGE_VOLUME = 50
OPERATION_INVALID = 55
NO_DOMAIN_METADATA = 80
OPERATION_UNSUPPORTED = 84
STORAGE_VOLUME_EXISTS = 90
CPU_INCOMPATIBLE = 91

_CODES: dict[int, Reason] = {
    42: Reason.VM_NOT_FOUND,
    68: Reason.OPERATION_TIMEOUT,
    78: Reason.ABORTED_OUTSIDE,
    81: Reason.MIGRATE_UNSAFE,
    CPU_INCOMPATIBLE: Reason.CPU_INCOMPATIBLE,
}

_TEXTS: tuple[tuple[str, Reason], ...] = (
    (r"another migration job is already running|domain has active block job", Reason.GUEST_BUSY),
    (r"domain .* is being (started|migrated)|incoming migration already", Reason.GUEST_BUSY),
    (r"already exists with uuid|is already defined with uuid|is already active as", Reason.NAMESAKE),
    (r"guest cpu|host cpu|missing features|unsupported feature|cpu is incompatible", Reason.CPU_INCOMPATIBLE),
)

# Aborted jobs that libvirt calls failed. QEMU shuts its channel before it calls the job cancelled: whichever
# of its threads meets the channel in between fails the job, and libvirt passes on what that thread says. An
# error without words of its own, the "Channel error", is only ever left by that shutdown: whoever reads from
# a peer that went away has some. A pipe breaks for a dying peer as well, when the writer is faster than the
# reader. There the destination's words tell: the QEMU of an aborted job waits for libvirt to end it. Where
# it has none, nothing at the source tells the two apart, and an abort is what happens more often;
# docs/faults.md counts what was seen.
_ABORT_TEXTS: tuple[tuple[str, Reason], ...] = (
    (r"'migration out' failed: channel error: input/output error", Reason.ABORTED_OUTSIDE),
    (
        r"(?s)'migration out' failed: unable to write to socket: broken pipe"
        r"($|\. message from the destination host: .*"
        r"(shutting down, reason=failed|load of migration failed: input/output error))",
        Reason.ABORTED_OUTSIDE,
    ),
)

# Only a migration meets these: its own connection to the peer failed, not ours to libvirtd. A TLS stream
# that just ended is a peer that went away, and comes before the row about TLS itself, which
# must not take a `qemu+tls://` in the text for one.
_PEER_TEXTS: tuple[tuple[str, Reason], ...] = (
    (r"migration of disk \S+ failed: no space left", Reason.NO_SPACE),
    (r"non-properly terminated|error in the p(ull|ush) function", Reason.CONNECTION_FAILED),
    (r"certificate|(?<!\+)\btls\b|x509|gnutls|credential", Reason.TLS_FAILED),
    (
        r"unable to (connect|resolve)|failed to connect|cannot connect|no route to host",
        Reason.CONNECTION_FAILED,
    ),
    (r"connection (refused|reset|timed)|network is unreachable|keepalive|hangup", Reason.CONNECTION_FAILED),
    (
        r"broken pipe|end of file|socket is closed|input/output error|lost connection",
        Reason.CONNECTION_FAILED,
    ),
    (r"unable to (read|write) (from|to) socket", Reason.CONNECTION_FAILED),
    (r"cannot (recv|send|read|write) data", Reason.CONNECTION_FAILED),
)
_PEER_CODES: dict[int, Reason] = {
    5: Reason.CONNECTION_FAILED,
    39: Reason.CONNECTION_FAILED,
    45: Reason.TLS_FAILED,
}


def reason_of(code: int, text: str, *, with_peer: bool = False) -> Reason:
    """The reason of an answer by libvirt; `with_peer` when the call made libvirtd talk to another one."""
    if code in _CODES:
        return _CODES[code]
    for pattern, reason in (*_ABORT_TEXTS, *_TEXTS, *_PEER_TEXTS) if with_peer else _TEXTS:
        if re.search(pattern, text, re.IGNORECASE):
            return reason
    return _PEER_CODES.get(code, Reason.LIBVIRT_ERROR) if with_peer else Reason.LIBVIRT_ERROR


def answered(what: str, error: libvirt.libvirtError, *, with_peer: bool = False) -> HypervisorError:
    """libvirt's answer to `what` as our error."""
    text = text_of(error)
    reason = reason_of(code_of(error), text, with_peer=with_peer)
    # It is the source that is told so, and would seem to mean itself.
    where = "at the destination: " if with_peer and reason is Reason.NO_SPACE else ""
    return HypervisorError(reason, f"{what}: {where}{text}")


def unreachable(what: str, why: object) -> HypervisorError:
    """There was no answer to `what`."""
    return HypervisorError(Reason.LIBVIRT_UNREACHABLE, f"{what}: {why}")


def code_of(error: libvirt.libvirtError) -> int:
    """virErrorNumber; -1 when libvirt gave none."""
    code: int | None = error.get_error_code()
    return -1 if code is None else code


def text_of(error: libvirt.libvirtError) -> str:
    """libvirt's own words."""
    text: str | None = error.get_error_message()
    return text or str(error)
