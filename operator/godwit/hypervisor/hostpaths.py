"""Paths of the host in a definition, but for the disks': what must lie there before QEMU starts.

A file that QEMU or libvirt makes needs its directory alone. What libvirt calls by itself, it makes by itself.
"""

from collections.abc import Iterator
from enum import StrEnum
from posixpath import dirname
from xml.etree.ElementTree import Element

from godwit.domain.reception import NVRAM_TEMPLATE
from godwit.domain.value import Value
from godwit.hypervisor.xml import nvram

_CHARACTER_DEVICES = ("serial", "parallel", "console", "channel", "redirdev", "smartcard", "rng/backend")
_BOOTED = ("loader", "kernel", "initrd", "dtb", "shim", "acpi/table")
_OF_LIBVIRT = ("/var/lib/libvirt/qemu/", "/run/libvirt/qemu/", "/var/run/libvirt/qemu/")
_NO_SCRIPT = ("", "no")
_ON_EVERY_HOST = ("/dev/random", "/dev/urandom", "/dev/null")


class Wanted(StrEnum):
    """What must lie at a path."""

    FILE = "File"
    """Or a device."""
    DIRECTORY = "Directory"
    ENDPOINT = "Endpoint"
    """A socket or a pipe: whoever made it waits at its other end."""


class NamedPath(Value):
    """One path and what names it."""

    device: str
    path: str
    wanted: Wanted


def host_paths(domain: Element) -> tuple[NamedPath, ...]:
    """Each once, in the definition's order. An empty one names nothing: so a ROM is switched off."""
    found = (*_booted(domain), *_character_devices(domain), *_attached(domain), *_others(domain))
    first: dict[tuple[str, Wanted], NamedPath] = {}
    for each in found:
        if each.path and each.path not in _ON_EVERY_HOST:
            first.setdefault((each.path, each.wanted), each)
    return tuple(first.values())


def _booted(domain: Element) -> Iterator[NamedPath]:
    for name in _BOOTED:
        for element in domain.findall(f"./os/{name}"):
            if path := (element.text or "").strip():
                yield NamedPath(name, path, Wanted.FILE)
    for variables in domain.findall("./os/nvram[@template]"):
        yield NamedPath(NVRAM_TEMPLATE, variables.get("template", ""), Wanted.FILE)
    yield from _made("nvram", nvram(domain))
    for entry in domain.findall("./sysinfo/entry[@file]"):
        yield NamedPath("sysinfo", entry.get("file", ""), Wanted.FILE)


def _character_devices(domain: Element) -> Iterator[NamedPath]:
    for name in _CHARACTER_DEVICES:
        for element in domain.findall(f"./devices/{name}"):
            device = name.partition("/")[0]
            yield from _sources(device, element.get("type", ""), element)
            for log in element.findall("./log"):
                yield from _made(device, log.get("file", ""))


def _sources(device: str, kind: str, element: Element) -> Iterator[NamedPath]:
    for source in element.findall("./source"):
        path = source.get("path", "")
        match kind:
            case "dev":
                yield NamedPath(device, path, Wanted.FILE)
            case "file":
                yield from _made(device, path)
            case "pipe":
                yield NamedPath(device, path, Wanted.ENDPOINT)
            case "unix" if source.get("mode") == "connect":
                yield NamedPath(device, path, Wanted.ENDPOINT)
            case "unix":
                yield from _made(device, path)


def _attached(domain: Element) -> Iterator[NamedPath]:
    """To devices that are not of the host themselves."""
    for rom in domain.findall("./devices/*/rom[@file]"):
        yield NamedPath("rom", rom.get("file", ""), Wanted.FILE)
    for script in domain.findall("./devices/interface/script[@path]"):
        if (path := script.get("path", "")) not in _NO_SCRIPT:
            yield NamedPath("interface", path, Wanted.FILE)
    for audio in domain.findall("./devices/audio[@type='file']"):
        yield from _made("audio", audio.get("path", ""))
    for pstore in domain.findall("./devices/pstore/path"):
        yield from _made("pstore", (pstore.text or "").strip())
    for helper in domain.findall("./devices/disk//reservations/source[@path]"):
        if not (path := helper.get("path", "")).startswith(_OF_LIBVIRT):
            yield NamedPath("disk", path, Wanted.ENDPOINT)


def _others(domain: Element) -> Iterator[NamedPath]:
    for backend in domain.findall("./devices/rng/backend[@model='random']"):
        yield NamedPath("rng", (backend.text or "").strip() or "/dev/urandom", Wanted.FILE)
    for source in domain.findall("./devices/tpm/backend[@type='external']/source"):
        yield NamedPath("tpm", source.get("path", ""), Wanted.ENDPOINT)
    for source in domain.findall("./devices/input/source[@dev]"):
        yield NamedPath("input", source.get("dev", ""), Wanted.FILE)
    for gl in domain.findall("./devices/graphics/gl"):
        if node := gl.get("rendernode", ""):
            yield NamedPath("graphics", node, Wanted.FILE)
    for listen in domain.findall("./devices/graphics/listen[@type='socket']"):
        yield from _made("graphics", listen.get("socket", ""))


def _made(device: str, path: str) -> Iterator[NamedPath]:
    if path.startswith("/") and not path.startswith(_OF_LIBVIRT):
        yield NamedPath(device, dirname(path), Wanted.DIRECTORY)
