"""What a live definition asks of its host's CPUs, NUMA cells, memory and security models."""

from mmap import PAGESIZE
from xml.etree.ElementTree import Element

from godwit.domain import cpuset
from godwit.domain.placement import CellBinding, HugepageDemand, Part, Pin, Placement
from godwit.hypervisor.xml import memory_bytes

_UNITS = {"b": 1, "bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
_PARTS = (
    ("vcpupin", Part.VCPU, "vcpu"),
    ("emulatorpin", Part.EMULATOR, ""),
    ("iothreadpin", Part.IO_THREAD, "iothread"),
)
_VIDEO_KIB = ("ram", "vram", "vram64")
_NO_LIMIT_KIB = 9007199254740991
"""libvirt's own word for a limit that is not set."""


_MOST_PINS = 8192
_MOST = 1024
"""Of anything else."""


def placement(domain: Element) -> Placement | None:
    """None where it is too long to be told whole: a check that knew a part would pass what it must not."""
    found = _placement(domain)
    short = len(found.pins) <= _MOST_PINS and all(
        len(each) <= _MOST for each in (found.hugepages, found.cells)
    )
    return found if short else None


def _placement(domain: Element) -> Placement:
    """libvirt writes amounts in KiB, whatever unit the user chose."""
    return Placement(
        virt_type=domain.get("type", ""),
        video_bytes=1024
        * sum(
            int(model.get(name, 0))
            for model in domain.findall("./devices/video/model")
            for name in _VIDEO_KIB
        ),
        locked=domain.find("./memoryBacking/locked") is not None,
        hard_limit_bytes=_hard_limit(domain),
        hugepages=_hugepages(domain),
        pins=_pins(domain),
        cells=_cells(domain),
        fixed_labels=tuple(
            label.get("model", "") for label in domain.findall("./seclabel") if label.get("type") == "static"
        ),
    )


def _hard_limit(domain: Element) -> int | None:
    found = domain.find("./memtune/hard_limit")
    if found is None or int(found.text or 0) >= _NO_LIMIT_KIB:
        return None
    return _bytes(found.text or "0", found)


def _hugepages(domain: Element) -> tuple[HugepageDemand, ...]:
    """A size without a nodeset is that of all cells that no other size names.

    The ordinary size may be among them: libvirt takes such memory from what is free.
    """
    wanted = domain.find("./memoryBacking/hugepages")
    if wanted is None:
        return ()
    left = memory_bytes(domain)
    cells = {
        int(cell.get("id", number)): _bytes(cell.get("memory", "0"), cell)
        for number, cell in enumerate(domain.findall("./cpu/numa/cell"))
    }
    found, rest = [], 0 if wanted.find("./page") is not None else None
    for page in wanted.findall("./page"):
        size = _bytes(page.get("size", "0"), page)
        if not page.get("nodeset"):
            rest = size
            continue
        amount = sum(cells.get(cell, 0) for cell in cpuset.parse(page.get("nodeset", "")))
        found.append(HugepageDemand(amount, size))
        left -= amount
    if rest is None or rest:
        found.append(HugepageDemand(left, rest or 0))
    return tuple(demand for demand in found if demand.page_bytes != PAGESIZE)


def _pins(domain: Element) -> tuple[Pin, ...]:
    """vCPUs that have no pin of their own have that of `<vcpu>`."""
    vcpu = domain.find("./vcpu")
    common = "" if vcpu is None else _numbers(vcpu, "cpuset")
    own = tuple(
        Pin(part, _numbers(pin, "cpuset"), int(pin.get(number, 0)) if number else None)
        for name, part, number in _PARTS
        for pin in domain.findall(f"./cputune/{name}")
    )
    return (*((Pin(Part.VCPU, common),) if common else ()), *own)


def _cells(domain: Element) -> tuple[CellBinding, ...]:
    """What libvirt places by itself names no cells."""
    return tuple(
        CellBinding(
            "its memory" if place.tag == "memory" else f"the memory of its cell {place.get('cellid', '?')}",
            _numbers(place, "nodeset"),
            place.get("mode", "strict"),
        )
        for place in (*domain.findall("./numatune/memory"), *domain.findall("./numatune/memnode"))
        if place.get("nodeset")
    )


def _numbers(element: Element, name: str) -> str:
    """In the one form that the checks know."""
    return cpuset.text(cpuset.parse(element.get(name, "")))


def _bytes(amount: str, element: Element) -> int:
    return int(amount) * _UNITS[element.get("unit", "KiB")]
