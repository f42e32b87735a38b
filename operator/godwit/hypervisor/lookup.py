"""Finding a domain and reading its view; one that vanishes on the way is `Absent`. Runs in worker threads."""

from uuid import UUID

import libvirt

from godwit.domain.guest import DomainState, GuestView, Marks
from godwit.hypervisor import marks
from godwit.hypervisor.errors import NO_DOMAIN, NO_DOMAIN_METADATA, code_of
from godwit.hypervisor.states import state_of


def find(connection: libvirt.virConnect, name_or_uuid: str) -> libvirt.virDomain | None:
    """By UUID where it has the form of one, else by name; None when libvirt knows no such domain."""
    by_uuid = _is_uuid(name_or_uuid)
    try:
        if by_uuid:
            return connection.lookupByUUIDString(name_or_uuid)
        return connection.lookupByName(name_or_uuid)
    except libvirt.libvirtError as error:
        if code_of(error) == NO_DOMAIN:
            return None
        raise


def view_of(connection: libvirt.virConnect, name_or_uuid: str) -> GuestView:
    """Everything of the view but the job, without any call that waits for a job's lock."""
    while True:
        domain = find(connection, name_or_uuid)
        if domain is None:
            return absent(name_or_uuid)
        try:
            seen = _view(domain)
            # One that stopped on the way has shown its live state with its definition's marks: that
            # looks like a guest that somebody has started anew.
            if (seen.state, seen.reason) == state_of(*domain.state()):
                return seen
        except libvirt.libvirtError as error:
            if code_of(error) == NO_DOMAIN:
                return absent(name_or_uuid)
            raise


def absent(name_or_uuid: str) -> GuestView:
    """No such domain."""
    by_uuid = _is_uuid(name_or_uuid)
    return GuestView(
        name="" if by_uuid else name_or_uuid,
        uuid=name_or_uuid if by_uuid else "",
        state=DomainState.ABSENT,
    )


def marks_of(domain: libvirt.virDomain, flags: int) -> Marks:
    """From the live or the persistent definition, as `flags` says (0: live when it is active)."""
    return Marks(
        run=_mark(domain, marks.RUN_URI, flags),
        attempt=_mark(domain, marks.ATTEMPT_URI, flags),
    )


def _view(domain: libvirt.virDomain) -> GuestView:
    state, reason = state_of(*domain.state())
    domain_id: int = domain.ID()
    return GuestView(
        name=domain.name(),
        uuid=domain.UUIDString(),
        state=state,
        reason=reason,
        domain_id=domain_id if domain_id >= 0 else None,
        persistent=bool(domain.isPersistent()),
        autostart=bool(domain.autostart()),
        marks=marks_of(domain, libvirt.VIR_DOMAIN_AFFECT_CURRENT),
    )


def _mark(domain: libvirt.virDomain, uri: str, flags: int) -> str | None:
    try:
        return marks.text_in(domain.metadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, uri, flags))
    except libvirt.libvirtError as error:
        if code_of(error) == NO_DOMAIN_METADATA:
            return None
        raise


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
