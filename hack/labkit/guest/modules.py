"""Which kernel modules go into the initramfs, and in which order they load; pure."""

import re
from collections.abc import Callable

WANTED = ("virtio_pci", "virtio_blk", "virtio_net")

Find = Callable[[str], bytes | None]


def load_order(wanted: tuple[str, ...], find: Find) -> list[str]:
    """Each wanted module after those it needs. `find` gives a module's bytes, None for one in the kernel."""
    order: list[str] = []

    def add(name: str) -> None:
        content = None if name in order else find(name)
        if content is None:
            return
        for needed in depends(content):
            add(needed)
        order.append(name)

    for name in wanted:
        add(name)
    return order


def depends(module: bytes) -> list[str]:
    """The names that a module's own `.modinfo` says it needs."""
    found = re.search(rb"\0depends=([a-z0-9_,-]*)\0", module)
    return [name.replace("-", "_") for name in found[1].decode().split(",") if name] if found else []
