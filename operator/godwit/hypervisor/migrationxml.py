"""The two definitions that a guest has at its destination: with marks, and with the disks as they arrive.

Promise: nothing but these places changes, not a byte outside of the `<disk>` elements concerned; each
function raises `ValueError` rather than give a text that doesn't parse back to exactly what was wanted.
"""

import re
from collections.abc import Callable
from xml.etree.ElementTree import Element, canonicalize, tostring

from godwit.domain.guest import Marks
from godwit.domain.image import Copy
from godwit.hypervisor import marks, xml
from godwit.hypervisor.ports import MigrationRequest

RAW = "raw"

Edit = Callable[[Element], None]
Form = Callable[[str, MigrationRequest], str]
"""One of the two: the source's definition as the request wants it at the destination."""
_DISK = re.compile(r"^    <disk [^>]*[^/]>$.*?^    </disk>$", re.MULTILINE | re.DOTALL)
_DEVICES = "\n  <devices>\n"


def live(source: str, request: MigrationRequest) -> str:
    """Of the QEMU that starts at the destination; `source` is the live definition there is."""
    edits = {image.target: _copied_live(image) for image in request.copies}
    return marks.put(_edited(source, edits | _ejecting(request), missing_is_error=True), request.live_marks)


def persistent(source: str, request: MigrationRequest) -> str:
    """Of its next boot; `source` may have been changed since this one, and have other disks."""
    edits = {image.target: _copied(image) for image in request.copies}
    attempt = Marks(attempt=request.live_marks.attempt)
    return marks.put(_edited(source, edits | _ejecting(request), missing_is_error=False), attempt)


def _copied(image: Copy) -> Edit:
    """The copy is one image, whatever the source's was layered on.

    An empty `<backingStore/>` says already that there is nothing below, and stays.
    """

    def edit(disk: Element) -> None:
        source = disk.find("./source")
        if source is not None and source.get("file") == image.path:
            if disk.find("./backingStore/*") is not None:
                _remove(disk, "backingStore")
            _remove(source, "dataStore")

    return edit


def _copied_live(image: Copy) -> Edit:
    """Zeroes that come over the wire become holes only where the disk may discard."""
    flatten = _copied(image)

    def edit(disk: Element) -> None:
        flatten(disk)
        driver = disk.find("./driver")
        if image.format == RAW and driver is not None:
            driver.set("discard", "unmap")

    return edit


def _ejecting(request: MigrationRequest) -> dict[str, Edit]:
    return dict.fromkeys(request.ejected, _eject)


def _eject(disk: Element) -> None:
    for name in ("source", "backingStore"):
        _remove(disk, name)


def _remove(disk: Element, name: str) -> None:
    for child in disk.findall(f"./{name}"):
        disk.remove(child)


def _edited(source: str, edits: dict[str, Edit], *, missing_is_error: bool) -> str:
    if not edits:
        return source
    wanted = xml.parse(source)
    found = [disk for disk in wanted.findall("./devices/disk") if _target(disk) in edits]
    missing = edits.keys() - {_target(disk) for disk in found}
    if missing and missing_is_error:
        raise ValueError(f"the domain has no disk {', '.join(sorted(missing))}")
    for disk in found:
        edits[_target(disk)](disk)
    edited = _with_disks(source, edits)
    if _canonical(xml.parse(edited)) != _canonical(wanted):
        raise ValueError("the domain's disks can't be described without changing something else")
    return edited


def _with_disks(source: str, edits: dict[str, Edit]) -> str:
    """libvirt prints each `<disk>` with four blanks, in the one `<devices>` with two."""

    def replaced(found: re.Match[str]) -> str:
        disk = xml.parse(found[0])
        edit = edits.get(_target(disk))
        if edit is None:
            return found[0]
        edit(disk)
        return f"    {tostring(disk, encoding='unicode')}"

    start = source.rfind(_DEVICES)
    return source[:start] + _DISK.sub(replaced, source[start:])


def _target(disk: Element) -> str:
    target = disk.find("./target")
    return "" if target is None else target.get("dev", "")


def _canonical(domain: Element) -> str:
    return canonicalize(tostring(domain, encoding="unicode"), strip_text=True)
