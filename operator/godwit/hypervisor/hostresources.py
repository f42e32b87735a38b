"""What a host has for guests that ask for more than an amount: CPUs by number, large pages, confinement."""

from itertools import compress, count
from xml.etree.ElementTree import Element

import libvirt

from godwit.domain import cpuset
from godwit.domain.host import Hugepages, SecurityModel

KIB = 1024


def online_cpus(connection: libvirt.virConnect) -> str:
    """Their numbers, e.g. `0-3`."""
    _, online, _ = connection.getCPUMap()
    return cpuset.text(compress(count(), online))


def hugepages(connection: libvirt.virConnect, capabilities: Element) -> tuple[Hugepages, ...]:
    """Of each size but the smallest, which is the ordinary one."""
    sizes = sorted(int(pages.get("size", 0)) for pages in capabilities.findall("./host/cpu/pages"))[1:]
    if not sizes:
        return ()
    totals, frees = dict.fromkeys(sizes, 0), dict.fromkeys(sizes, 0)
    for cell in capabilities.findall("./host/topology/cells/cell"):
        for pages in cell.findall("./pages"):
            size = int(pages.get("size", 0))
            if size in totals:
                totals[size] += int(pages.text or 0)
        for size, free in _free(connection, sizes, int(cell.get("id", 0))).items():
            frees[size] += free
    return tuple(Hugepages(size * KIB, totals[size], frees[size]) for size in sizes)


def _free(connection: libvirt.virConnect, sizes: list[int], cell: int) -> dict[int, int]:
    """By size in KiB. What can't be told is not free."""
    try:
        found: dict[int, dict[int, int]] = connection.getFreePages(sizes, cell, 1)
    except libvirt.libvirtError:
        if not connection.isAlive():
            raise
        return {}
    return found.get(cell, {})


def security(capabilities: Element) -> tuple[SecurityModel, ...]:
    """Each model with each of its labels; libvirt tells at least one, be it `none`."""
    found = []
    for entry in capabilities.findall("./host/secmodel"):
        model, labels = entry.findtext("./model") or "", entry.findall("./baselabel")
        found += [SecurityModel(model, label.get("type", ""), label.text or "") for label in labels]
        if not labels:
            found.append(SecurityModel(model))
    return tuple(found)
