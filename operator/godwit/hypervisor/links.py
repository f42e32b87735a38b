"""The host's bridges and their MTU, from the kernel's `/sys/class/net`; libvirt tells neither.

What can't be read isn't there: no bridges, MTU 0.
"""

from pathlib import Path

from godwit.domain.host import Network

_UP = 1
"""IFF_UP."""


class Links:
    """A `/sys/class/net` of the host's network namespace."""

    def __init__(self, sys_class_net: Path) -> None:
        self._root = sys_class_net

    def bridges(self) -> tuple[Network, ...]:
        """Every bridge, those of libvirt's networks too: a guest may be attached to either."""
        try:
            names = sorted(link.name for link in self._root.iterdir() if (link / "bridge").is_dir())
        except OSError:
            return ()
        return tuple(
            Network(
                name=name,
                kind="bridge",
                bridge=name,
                active=bool(self._number(name, "flags") & _UP),
                mtu=self.mtu(name),
            )
            for name in names
        )

    def mtu(self, link: str) -> int:
        """Bytes; 0 when there is no such link."""
        return self._number(link, "mtu") if link else 0

    def _number(self, link: str, attribute: str) -> int:
        try:
            return int((self._root / link / attribute).read_text(), 0)
        except (OSError, ValueError):
            return 0
