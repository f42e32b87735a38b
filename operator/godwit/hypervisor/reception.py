"""Whether this host's libvirt and QEMU take a guest, asked without defining or starting anything.

`domainXMLToNative` parses a definition, checks it for the QEMU that is here and makes its command line; it
leaves nothing behind. (There is no dry define.)
"""

import libvirt

from godwit.domain.reasons import Reason
from godwit.domain.reception import MOST_TEXT, Reception
from godwit.hypervisor import guestcpu
from godwit.hypervisor.calls import SLOW_SECONDS, Calls
from godwit.hypervisor.lookup import find
from godwit.hypervisor.ports import HypervisorError

NATIVE = "qemu-argv"


class LibvirtReceptions:
    """`godwit.hypervisor.ports.Receptions`."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def definition(self, uuid: str) -> str:
        """The live one, with the live CPU, without secrets: it is written to the API server."""
        return await self._calls.short("definition", lambda connection: _definition(connection, uuid))

    async def receive(self, definition: str) -> Reception:
        """One call; QEMU's capabilities may have to be gathered for it first."""
        return await self._calls.short(
            "receive", lambda connection: _receive(connection, definition), deadline_seconds=SLOW_SECONDS
        )


def _definition(connection: libvirt.virConnect, uuid: str) -> str:
    domain = find(connection, uuid)
    if domain is None:
        raise HypervisorError(Reason.VM_NOT_FOUND, f"libvirt knows no domain {uuid}")
    return guestcpu.with_live_cpu(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_MIGRATABLE), domain.XMLDesc())


def _receive(connection: libvirt.virConnect, definition: str) -> Reception:
    return Reception(refusal=_refusal(connection, definition), cpu=guestcpu.judged(connection, definition))


def _refusal(connection: libvirt.virConnect, definition: str) -> str:
    try:
        connection.domainXMLToNative(NATIVE, definition, 0)
    except libvirt.libvirtError as error:
        if not connection.isAlive():
            raise
        return str(error)[:MOST_TEXT]
    return ""
