"""The kernel's own word, in a network namespace of the test's own, with a `/sys` that shows it."""

import asyncio
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from godwit.domain.host import Network
from godwit.hypervisor.adapter import PROC_NET
from godwit.hypervisor.link_news import link_news, opened
from godwit.hypervisor.links import Links

from ..own_network import by_hand, own_network

IPV6 = Path("/proc/sys/net/ipv6/conf/default")
SECONDS = 20.0
SETTLE_SECONDS = 0.1
GUESTS, PODS, OTHERS = "guests", "pods", "others"
"""Bridges."""
WIRED = f"""
link set lo up
link add {GUESTS} type bridge
link add {PODS} type bridge forward_delay 0
link add {OTHERS} type bridge
link add pod1 type veth peer name inside1
link set pod1 master {PODS} up
link set inside1 up
link set {GUESTS} up
link set {PODS} up
"""
MANY = 4000
"""More than a socket's buffer holds."""

Seen = tuple[Network, ...]


@pytest.fixture(autouse=True)
def links(tmp_path: Path) -> Iterator[Links]:
    with own_network():
        subprocess.run(["mount", "-t", "sysfs", "none", str(tmp_path)], check=True)
        try:
            be_quiet()
            by_hand(WIRED)
            wait_until_wired(tmp_path / "class/net")
            yield Links(tmp_path / "class/net", PROC_NET)
        finally:
            subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def be_quiet() -> None:
    """Links give themselves no IPv6 address: the kernel speaks of it for seconds."""
    if IPV6.exists():
        (IPV6 / "addr_gen_mode").write_text("1")


def wait_until_wired(sys_class_net: Path) -> None:
    """The kernel tells of a carrier some time after it is there."""
    states = [sys_class_net / name / "operstate" for name in (PODS, "pod1")]
    end = time.monotonic() + SECONDS
    while {state.read_text() for state in states} != {"up\n"}:
        assert time.monotonic() < end
        time.sleep(0.01)


def bridge(seen: Seen, name: str) -> Network:
    return next(each for each in seen if each.name == name)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


class Ear:
    """Hears the news; `heard` has what was seen each time, `looks` counts what was read for it."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self._last: Seen = ()
        self.after_looking = ""
        """What somebody else does then."""
        self.looks = 0
        self.heard: list[Seen] = []

    def look(self) -> Seen:
        self._last = (*self._links.bridges(), *self._links.others())
        self.looks += 1
        by_hand(self.after_looking)
        return self._last

    async def listen(self, opened: Callable[[], socket.socket]) -> None:
        async for _ in link_news(
            self.look, opened=opened, settle_seconds=SETTLE_SECONDS, try_again_seconds=SETTLE_SECONDS
        ):
            self.heard.append(self._last)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(SECONDS):
            while not condition():  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)

    async def until_down(self, name: str) -> None:
        """It has heard that this bridge is down, whatever it heard before."""
        await self.until(lambda: bool(self.heard) and not bridge(self.heard[-1], name).active)

    async def until_looked(self) -> None:
        """Once more, and at least what is news by now has been looked at."""
        before = self.looks
        await self.until(lambda: self.looks > before)


@asynccontextmanager
async def listening(links: Links, opened: Callable[[], socket.socket] = opened) -> AsyncIterator[Ear]:
    """It has had the first item."""
    ear = Ear(links)
    work = asyncio.create_task(ear.listen(opened))
    await ear.until(lambda: bool(ear.heard) or work.done())
    yield ear
    assert not work.done()
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


async def test_a_bridge_that_goes_down_or_comes_up_is_news(links: Links) -> None:
    async with listening(links) as ear:
        by_hand(f"link set {GUESTS} down")
        await ear.until_down(GUESTS)
        by_hand(f"link set {GUESTS} up")
        await ear.until(lambda: bridge(ear.heard[-1], GUESTS).active)
        assert len(ear.heard) == 3


@pytest.mark.parametrize(
    ("address", "subnet"),
    [
        ("192.0.2.1/24", "192.0.2.0/24"),
        pytest.param(
            "2001:db8::1/64",
            "2001:db8::/64",
            marks=pytest.mark.skipif(not IPV6.exists(), reason="this kernel has no IPv6"),
        ),
    ],
)
async def test_an_address_is_news(links: Links, address: str, subnet: str) -> None:
    async with listening(links) as ear:
        by_hand(f"address add {address} dev {GUESTS}")
        await ear.until(lambda: bridge(ear.heard[-1], GUESTS).subnets == (subnet,))


async def test_a_guest_s_tap_and_a_pod_s_veth_that_come_and_go_are_none(links: Links) -> None:
    tap = f"tuntap add vnet0 mode tap\nlink set vnet0 master {GUESTS} up\n"
    veth = f"link add pod2 type veth peer name inside2\nlink set pod2 master {PODS} up\nlink set inside2 up"
    async with listening(links) as ear:
        for commands in (tap + veth, "link delete vnet0\nlink delete pod2"):
            by_hand(commands)
            await ear.until_looked()
        by_hand(f"link set {GUESTS} down")
        await ear.until_down(GUESTS)
        assert len(ear.heard) == 2, "the first one, and the last"


async def test_what_happens_within_the_settle_time_is_told_once(links: Links) -> None:
    async with listening(links) as ear:
        looks = ear.looks
        by_hand(f"link set {GUESTS} down\nlink set {OTHERS} up")
        await asyncio.sleep(SETTLE_SECONDS / 2)
        by_hand(f"link set {PODS} mtu 1400")
        await ear.until_down(GUESTS)
        assert (ear.looks, len(ear.heard)) == (looks + 1, 2)
        assert bridge(ear.heard[-1], OTHERS).active
        assert bridge(ear.heard[-1], PODS).mtu == 1400


async def test_what_happens_during_a_look_is_not_missed(links: Links) -> None:
    async with listening(links) as ear:
        ear.after_looking = f"link set {OTHERS} mtu 1300"
        by_hand(f"link set {OTHERS} mtu 1400")
        await ear.until(lambda: bridge(ear.heard[-1], OTHERS).mtu == 1300)
        assert len(ear.heard) == 3


async def test_more_than_can_be_heard_is_news_like_any_other(
    links: Links, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(links) as ear:
        flood = "".join(f"link set {OTHERS} mtu {1400 + number % 2}\n" for number in range(MANY))
        by_hand(f"{flood}link set {GUESTS} down")
        await ear.until_down(GUESTS)
        by_hand(f"link set {PODS} down")
        await ear.until_down(PODS)
    assert caplog.records == []


async def test_a_kernel_that_may_not_be_heard_is_asked_again_and_told_of_once(
    links: Links, caplog: pytest.LogCaptureFixture
) -> None:
    refused = 0

    def at_last() -> socket.socket:
        nonlocal refused
        if refused < 3:
            refused += 1
            raise PermissionError(1, "Operation not permitted")
        return opened()

    async with listening(links, at_last) as ear:
        by_hand(f"link set {GUESTS} down")
        await ear.until_down(GUESTS)
    assert [record.levelname for record in caplog.records] == ["WARNING"]


async def test_a_look_that_fails_ends_nothing(links: Links) -> None:
    answers = iter(("not a number", "7"))

    def look() -> int:
        return int(next(answers))

    async with asyncio.timeout(SECONDS):
        await anext(link_news(look, try_again_seconds=SETTLE_SECONDS))


async def test_nothing_stays_open(links: Links) -> None:
    before = open_files()
    async with listening(links) as ear:
        pass
    await ear.until(lambda: open_files() <= before)
