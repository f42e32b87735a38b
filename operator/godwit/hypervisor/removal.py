"""The two calls that can end a guest. Both look again inside the call, directly before the act."""

from contextlib import suppress
from posixpath import normpath

import libvirt

from godwit.domain.guest import Marks
from godwit.domain.reasons import Reason
from godwit.hypervisor import errors
from godwit.hypervisor.calls import MODIFYING_SECONDS, SLOW_SECONDS, Calls
from godwit.hypervisor.errors import code_of
from godwit.hypervisor.eyes import Eyes
from godwit.hypervisor.imageusers import users, variables_in
from godwit.hypervisor.lookup import find, marks_of
from godwit.hypervisor.ports import HypervisorError
from godwit.hypervisor.xml import parse

# The source's state may be all that there is of them, or lie where the destination uses it; of a TPM's state
# nothing shows whether it does.
_KEEPING = libvirt.VIR_DOMAIN_UNDEFINE_KEEP_TPM
_NVRAM = {False: libvirt.VIR_DOMAIN_UNDEFINE_KEEP_NVRAM, True: libvirt.VIR_DOMAIN_UNDEFINE_NVRAM}


class LibvirtRemoval:
    """`godwit.hypervisor.ports.Removal`."""

    def __init__(self, calls: Calls, eyes: Eyes) -> None:
        self._calls = calls
        self._eyes = eyes

    async def destroy(self, uuid: str, *, marks: Marks) -> None:
        """Waits until QEMU is gone: that takes as long as the kernel needs to free its memory."""
        await self._calls.short(
            "destroy", lambda connection: _destroy(connection, uuid, marks), deadline_seconds=SLOW_SECONDS
        )

    async def undefine(self, uuid: str, *, delete_nvram: bool = False) -> None:
        """An active domain is refused with `GuestBusy`. Variables that another domain names stay."""
        if delete_nvram:
            delete_nvram = not await self._calls.storage(
                "nvramUsers", lambda connection: _shares_its_nvram(connection, uuid, self._eyes)
            )
        await self._calls.short(
            "undefine",
            lambda connection: _undefine(connection, uuid, _KEEPING | _NVRAM[delete_nvram]),
            deadline_seconds=MODIFYING_SECONDS,
        )


def _destroy(connection: libvirt.virConnect, uuid: str, wanted: Marks) -> None:
    domain = find(connection, uuid)
    if domain is None:
        return
    try:
        if domain.isActive() and _bears(marks_of(domain, libvirt.VIR_DOMAIN_AFFECT_LIVE), wanted):
            domain.destroy()
    except libvirt.libvirtError as error:
        # It ended by itself in between.
        if code_of(error) not in (errors.NO_DOMAIN, errors.OPERATION_INVALID) or _active(connection, uuid):
            raise


def _bears(present: Marks, wanted: Marks) -> bool:
    return wanted.run in (None, present.run) and wanted.attempt in (None, present.attempt)


def _shares_its_nvram(connection: libvirt.virConnect, uuid: str, eyes: Eyes) -> bool:
    domain = find(connection, uuid)
    if domain is None or not domain.isPersistent():
        return False
    definition = parse(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))
    paths = tuple(map(normpath, variables_in(definition)))
    named = users(connection, paths, eyes, everywhere=False)
    return any(set(names) - {domain.name()} for names in named.values())


def _undefine(connection: libvirt.virConnect, uuid: str, flags: int) -> None:
    domain = find(connection, uuid)
    if domain is None or not domain.isPersistent():
        return
    if domain.isActive():
        raise _is_active(uuid)
    definition = domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE)
    autostart = domain.autostart()
    domain.undefineFlags(flags)
    # libvirt has no "only if inactive". One that was started in between goes on as a transient domain:
    # it gets its definition back.
    if _active(connection, uuid):
        again = connection.defineXML(definition)
        with suppress(libvirt.libvirtError):
            again.setAutostart(autostart)
        raise _is_active(uuid)


def _active(connection: libvirt.virConnect, uuid: str) -> bool:
    domain = find(connection, uuid)
    return domain is not None and bool(domain.isActive())


def _is_active(uuid: str) -> HypervisorError:
    return HypervisorError(Reason.GUEST_BUSY, f"undefine: the domain {uuid} is active; its definition stays")
