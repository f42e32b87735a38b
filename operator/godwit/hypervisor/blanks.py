"""What is taken out of a definition before it leaves its host: whatever the guest's owner may keep secret.

Promise: every element stays, so that it is judged as the whole one would be; of what libvirt reads as a
number, a date or a name, nothing is changed. Such a text is to be judged, and never to be started. (Passwords
and the cookies of disks are not in it from the start: libvirt prints them only to who asks for them.)
"""

from xml.etree.ElementTree import Element, tostring

from godwit.hypervisor.equipment import QEMU
from godwit.hypervisor.xml import parse

BLANK = "-"
"""Where libvirt takes no empty text."""
_PROSE = ("title", "description")
_COMMAND_LINE = (f"{QEMU}commandline/{QEMU}arg", f"{QEMU}commandline/{QEMU}env")
_STRINGS = f".//{QEMU}override//{QEMU}property[@type='string']"
_READ_BY_LIBVIRT = "uuid"
"""Of the SMBIOS entries: it has to be the guest's own. Those of the BIOS are dates and numbers."""


def blanked(definition: str) -> str:
    """The definition without them."""
    domain = parse(definition)
    for name in _PROSE:
        for element in domain.findall(f"./{name}"):
            element.text = ""
    for metadata in domain.findall("./metadata"):
        metadata.clear()
    for path in _COMMAND_LINE:
        _empty(domain, f"./{path}", "value", "")
    _empty(domain, _STRINGS, "value", BLANK)
    _empty(domain, "./devices/disk//source[@query]", "query", BLANK)
    for text in (*domain.findall("./os/cmdline"), *_entries(domain)):
        text.text = BLANK
    return tostring(domain, encoding="unicode")


def _empty(domain: Element, path: str, attribute: str, value: str) -> None:
    for element in domain.findall(path):
        if attribute in element.attrib:
            element.set(attribute, value)


def _entries(domain: Element) -> list[Element]:
    """Of `<sysinfo>`, with a text of their own: that of files lies on the host."""
    found = [
        *domain.findall("./sysinfo/entry"),
        *(
            entry
            for part in domain.findall("./sysinfo/*")
            if part.tag != "bios"
            for entry in part.findall("./entry")
        ),
    ]
    return [each for each in found if each.text and each.get("name") != _READ_BY_LIBVIRT]
