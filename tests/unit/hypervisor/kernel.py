"""The files in which a kernel tells of its links: a test writes those that it is about."""

from pathlib import Path

VLANS = """VLAN Dev name	 | VLAN ID
Name-Type: VLAN_NAME_TYPE_RAW_PLUS_VID_NO_PAD
eth0.10        | 10  | eth0
lan20          | 20  | eth0
"""
ROUTES = """Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0
br0\t0001000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
br0\t0002000A\t0101000A\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0
br0\t0000FEA9\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
veth2\t0000010A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
cali1\t0500000A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0
"""
ADDRESSES = """20010db8000000000000000000000001 03 40 00 80      br0
fe800000000000000000000000000001 03 40 20 80      br0
20010db8000000000000000000000009 04 80 00 80      eth0
"""


class Kernel:
    """Below a directory."""

    def __init__(self, root: Path) -> None:
        self.sys_class_net, self.proc_net = root / "sys", root / "proc"
        self.sys_class_net.mkdir()
        (self.proc_net / "vlan").mkdir(parents=True)
        self._links = 0

    def link(
        self,
        name: str,
        *marks: str,
        up: bool = True,
        mtu: int = 1500,
        kind: str = "",
        carrier: bool = True,
        ethernet: bool = True,
        other_end: bool = False,
        speed: int | None = None,
    ) -> None:
        """`marks`: what else lies in its directory; `kind`: its DEVTYPE; `other_end`: as a veth has one.

        A `speed` of None can't be read, as that of a link without one.
        """
        self._links += 1
        files = {
            "flags": "0x1003" if up else "0x1002",
            "mtu": str(mtu),
            "type": "1" if ethernet else "772",
            "ifindex": str(self._links),
            "iflink": str(self._links + 100 if other_end else self._links),
            "uevent": f"DEVTYPE={kind}\nINTERFACE={name}" if kind else f"INTERFACE={name}",
        }
        if up:  # of a link that is down it can't be read
            files["carrier"] = str(int(carrier))
        if speed is not None:
            files["speed"] = str(speed)
        place = self.sys_class_net / name
        for mark in marks:
            (place / mark).mkdir(parents=True)
        place.mkdir(exist_ok=True)
        for file, text in files.items():
            (place / file).write_text(f"{text}\n")

    def bridge(self, name: str, *ports: str, up: bool = True, mtu: int = 1500) -> None:
        """With its ports, which are links of their own."""
        self.link(name, "bridge", *(f"brif/{port}" for port in ports), up=up, mtu=mtu, kind="bridge")

    def tell(self, *, vlans: str = "", routes: str = "", addresses: str = "") -> None:
        """What lies in /proc/net."""
        for name, text in (("vlan/config", vlans), ("route", routes), ("if_inet6", addresses)):
            (self.proc_net / name).write_text(text)
