"""What guests can be attached to on a host, from the kernel's `/sys/class/net`; libvirt tells little of it.

What can't be read isn't there: no bridges, MTU 0.
"""

from pathlib import Path

from godwit.domain.host import BRIDGE, DEVICE, OVS, Network
from godwit.hypervisor.routes import Routes

_UP = 1
"""IFF_UP."""
_ETHERNET = 1
"""ARPHRD_ETHER."""
VETH = "veth"
"""Told of all of them together: those of pods come and go."""
_OF_GUESTS = ("macvlan", "macvtap")
_OVS_SYSTEM = "ovs-system"


class Links:
    """A `/sys/class/net` of the host's network namespace, and the `/proc/net` of the same."""

    def __init__(self, sys_class_net: Path, proc_net: Path) -> None:
        self._root = sys_class_net
        self._routes = Routes(proc_net)

    def bridges(self) -> tuple[Network, ...]:
        """Every bridge, those of libvirt's networks too: a guest may be attached to either."""
        names = [name for name in self._names() if self._is_bridge(name)]
        subnets, vlans = self._routes.subnets(), self._routes.vlans()
        return tuple(self._bridge(name, subnets.get(name, ()), vlans) for name in names)

    def others(self) -> tuple[Network, ...]:
        """What `direct` interfaces can sit on beside bridges, and the bridges of Open vSwitch."""
        names = self._names()
        subnets, vlans = self._routes.subnets(), self._routes.vlans()
        found = ((name, self._kind(name, subnets, switched=_OVS_SYSTEM in names)) for name in names)
        return tuple(
            Network(
                name=name,
                kind=kind,
                active=self._up(name),
                mtu=self.mtu(name),
                vlans=(vlans[name],) if name in vlans else (),
                uplinks=(name,) if kind == DEVICE else None,
                carrier=self.carrier(name) if kind == DEVICE else None,
                subnets=subnets.get(name, ()),
                speed_megabits_per_second=self._speed(name),
            )
            for name, kind in found
            if kind
        )

    def mtu(self, link: str) -> int:
        """Bytes; 0 when there is no such link."""
        return self._number(link, "mtu") if link else 0

    def carrier(self, link: str) -> bool:
        """A link that is down has none."""
        return bool(self._number(link, "carrier"))

    def _bridge(self, name: str, subnets: tuple[str, ...], vlans: dict[str, int]) -> Network:
        uplinks = [port for port in self._inside(name, "brif") if not self._is_tap(port)]
        # A veth names a speed that nothing stands behind: beside a card, a pod's would pass for the bridge's.
        # Nor does the guest's way out go through a pod.
        cards = [port for port in uplinks if not self._is_veth(port)] or uplinks
        return Network(
            name=name,
            kind=BRIDGE,
            bridge=name,
            active=self._up(name),
            mtu=self.mtu(name),
            uplink_mtu=max(map(self.mtu, cards), default=0),
            vlans=tuple(sorted({vlans[port] for port in uplinks if port in vlans})),
            uplinks=tuple(sorted({VETH if self._is_veth(port) else port for port in uplinks})),
            carrier=any(self.carrier(port) for port in uplinks) if uplinks else None,
            subnets=subnets,
            speed_megabits_per_second=max(map(self._speed, cards), default=0),
        )

    def _kind(self, name: str, subnets: dict[str, tuple[str, ...]], *, switched: bool) -> str:
        """Empty: nothing for a guest. Only an address of the host's tells a veth of its own from a pod's."""
        if self._is_bridge(name) or self._is_tap(name) or self._number(name, "type") != _ETHERNET:
            return ""
        if self._device_type(name) in _OF_GUESTS or name == _OVS_SYSTEM:
            return ""
        inside = self._inside(name)
        if "device" in inside or any(entry.startswith("lower_") for entry in inside):
            return DEVICE
        # Nothing in its files marks a bridge of Open vSwitch, but that it is virtual and nothing else.
        if switched and not self._is_veth(name) and not self._device_type(name):
            return OVS
        return DEVICE if subnets.get(name) else ""

    def _names(self) -> list[str]:
        return self._inside()

    def _inside(self, *parts: str) -> list[str]:
        try:
            return sorted(entry.name for entry in self._root.joinpath(*parts).iterdir())
        except OSError:
            return []

    def _speed(self, link: str) -> int:
        """Megabits per second; the kernel says -1, or nothing, where there is none to know."""
        return max(0, self._number(link, "speed"))

    def _up(self, link: str) -> bool:
        return bool(self._number(link, "flags") & _UP)

    def _is_bridge(self, link: str) -> bool:
        return (self._root / link / "bridge").is_dir()

    def _is_tap(self, link: str) -> bool:
        return (self._root / link / "tun_flags").exists()

    def _is_veth(self, link: str) -> bool:
        """Its other end is another link, and it sits on none."""
        own, other = self._number(link, "ifindex"), self._number(link, "iflink")
        below = any(entry.startswith("lower_") for entry in self._inside(link))
        return own != other and not below and not self._device_type(link)

    def _device_type(self, link: str) -> str:
        words = self._text(link, "uevent").split()
        return next((word.removeprefix("DEVTYPE=") for word in words if word.startswith("DEVTYPE=")), "")

    def _number(self, link: str, attribute: str) -> int:
        try:
            return int(self._text(link, attribute), 0)
        except ValueError:
            return 0

    def _text(self, link: str, attribute: str) -> str:
        try:
            return (self._root / link / attribute).read_text()
        except OSError:
            return ""
