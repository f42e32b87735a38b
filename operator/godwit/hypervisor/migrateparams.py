"""What one call of `migrateToURI3` is given beside the definitions: flags and typed parameters.

libvirt reads an empty `migrate_disks` as "all disks", and the copy flag without a list likewise: so the flag
is set exactly where there is a list, and the list names each disk.
"""

from urllib.parse import urlsplit

import libvirt

from godwit.domain.reasons import Reason
from godwit.hypervisor.ports import HypervisorError, MigrationRequest

Parameters = dict[str, str | int | list[str]]

_ALWAYS: int = (
    libvirt.VIR_MIGRATE_LIVE
    | libvirt.VIR_MIGRATE_PEER2PEER
    | libvirt.VIR_MIGRATE_TLS
    | libvirt.VIR_MIGRATE_ABORT_ON_ERROR
    | libvirt.VIR_MIGRATE_CHANGE_PROTECTION
)

# The agent's own library passes on names that it doesn't know; a libvirtd that is too old refuses them.
DETECT_ZEROES = "migrate_disks_detect_zeroes"
_SINCE: dict[str, int] = {DETECT_ZEROES: 10_009_000}


def flags_of(request: MigrationRequest) -> int:
    """The virDomainMigrateFlags: never one that undefines the source."""
    copies = bool(request.copies)
    wanted = {
        libvirt.VIR_MIGRATE_PERSIST_DEST: request.persistent,
        libvirt.VIR_MIGRATE_PAUSED: request.paused_at_destination,
        libvirt.VIR_MIGRATE_UNSAFE: request.unsafe,
        libvirt.VIR_MIGRATE_AUTO_CONVERGE: request.auto_converge,
        libvirt.VIR_MIGRATE_NON_SHARED_DISK: copies,
        libvirt.VIR_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES: bool(request.copies)
        and request.synchronous_writes,
    }
    flags = _ALWAYS
    for flag, is_wanted in wanted.items():
        if is_wanted:
            flags |= flag
    return flags


def parameters_of(request: MigrationRequest, libvirt_version: int) -> Parameters:
    """All but the definitions, for a source of that version."""
    parameters: Parameters = {libvirt.VIR_MIGRATE_PARAM_URI: request.migrate_uri}
    if request.bandwidth_mebibytes_per_second is not None:
        # libvirt reads 0 as "no limit".
        parameters[libvirt.VIR_MIGRATE_PARAM_BANDWIDTH] = max(1, request.bandwidth_mebibytes_per_second)
    if not request.copies:
        return parameters
    parameters[libvirt.VIR_MIGRATE_PARAM_MIGRATE_DISKS] = [image.target for image in request.copies]
    parameters[libvirt.VIR_MIGRATE_PARAM_DISKS_URI] = _disks_uri(request.migrate_uri)
    if libvirt_version >= _SINCE[DETECT_ZEROES]:
        # Else what a thin image doesn't hold takes as much of the bandwidth as if it were sent, and raw
        # copies don't stay thin.
        parameters[DETECT_ZEROES] = [image.target for image in request.copies]
    return parameters


def _disks_uri(migrate_uri: str) -> str:
    """Disks go the way of the memory; the port of each is libvirt's choice."""
    uri = urlsplit(migrate_uri)
    if uri.scheme != "tcp" or not uri.hostname:
        raise HypervisorError(
            Reason.LIBVIRT_ERROR, f"{migrate_uri} is no way for disks: they need one like tcp://ADDRESS"
        )
    host = f"[{uri.hostname}]" if ":" in uri.hostname else uri.hostname
    return f"tcp://{host}"
