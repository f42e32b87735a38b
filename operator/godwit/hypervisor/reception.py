"""Whether this host's libvirt and QEMU take a guest, asked without defining or starting anything.

`domainXMLToNative` parses a definition, checks it for the QEMU that is here and makes its command line; it
leaves nothing behind. (There is no dry define.)
"""

import asyncio
from xml.etree.ElementTree import Element, ParseError

import libvirt
from defusedxml import DefusedXmlException
from msgspec.structs import replace

from godwit.domain.reasons import Reason
from godwit.domain.reception import MOST_OF_A_KIND, MOST_TEXT, Reception
from godwit.hypervisor import guestcpu, listening, pathlook
from godwit.hypervisor.blanks import blanked
from godwit.hypervisor.calls import SLOW_SECONDS, Calls
from godwit.hypervisor.hostpaths import host_paths
from godwit.hypervisor.lookup import find
from godwit.hypervisor.ports import HypervisorError, Images
from godwit.hypervisor.xml import parse

NATIVE = "qemu-argv"


class LibvirtReceptions:
    """`godwit.hypervisor.ports.Receptions`."""

    def __init__(self, calls: Calls, images: Images) -> None:
        self._calls = calls
        self._images = images

    async def definition(self, uuid: str) -> str:
        """The live one, with the live CPU, without what may be secret: it is written to the API server."""
        return await self._calls.short("definition", lambda connection: _definition(connection, uuid))

    async def receive(self, definition: str) -> Reception:
        """QEMU's capabilities may have to be gathered for it first."""
        try:
            domain = parse(definition)
        except (DefusedXmlException, ParseError) as error:
            return Reception(refusal=f"this is no definition as libvirt prints them: {error!r}"[:MOST_TEXT])
        named, listeners = host_paths(domain), listening.listeners(domain)
        asked, paths = await asyncio.gather(
            self._calls.short(
                "receive",
                lambda connection: _receive(connection, definition, domain),
                deadline_seconds=SLOW_SECONDS,
            ),
            pathlook.look(self._images, named if len(named) <= MOST_OF_A_KIND else ()),
        )
        return replace(
            asked,
            paths=paths if len(paths) == len(named) else None,
            listeners=listeners if len(listeners) <= MOST_OF_A_KIND else None,
        )


def _definition(connection: libvirt.virConnect, uuid: str) -> str:
    domain = find(connection, uuid)
    if domain is None:
        raise HypervisorError(Reason.VM_NOT_FOUND, f"libvirt knows no domain {uuid}")
    migratable, live = domain.XMLDesc(libvirt.VIR_DOMAIN_XML_MIGRATABLE), domain.XMLDesc()
    return blanked(guestcpu.with_live_cpu(migratable, live))


def _receive(connection: libvirt.virConnect, definition: str, domain: Element) -> Reception:
    return Reception(refusal=_refusal(connection, definition), cpu=guestcpu.compared(connection, domain))


def _refusal(connection: libvirt.virConnect, definition: str) -> str:
    try:
        connection.domainXMLToNative(NATIVE, definition, 0)
    except libvirt.libvirtError as error:
        if not connection.isAlive():
            raise
        return str(error)[:MOST_TEXT]
    return ""
