"""What a host of the lab can be made like, as others see it; `mend` takes it all back."""

import json
import time
from collections.abc import Iterator

import pytest

from labkit.registry import open_lab

from .api_server import Cluster
from .lab import Lab, wait_until

pytestmark = pytest.mark.e2e

HOST, OTHER = "host2", "host1"
AHEAD_SECONDS, WITHIN_SECONDS = 90.0, 15.0


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    lab = Lab()
    yield lab
    for host in (HOST, OTHER):
        lab.run("host", "mend", host)


def links(lab: Lab, host: str) -> dict[str, dict[str, object]]:
    return {link["ifname"]: link for link in json.loads(lab.inside(host, "ip", "-j", "link", "show"))}


def test_bridges_of_one_segment_reach_each_other_and_of_two_do_not(lab: Lab) -> None:
    first, second = (f"10.{64 + open_lab(lab.name).number}.5.{last}" for last in (1, 2))
    for host, address in ((HOST, first), (OTHER, second)):
        lab.run("host", "bridge", host, "br-storage", "--segment", "42")
        lab.inside(host, "ip", "addr", "add", f"{address}/24", "dev", "br-storage")
    reached = ("exec", HOST, "--", "busybox", "ping", "-c", "1", "-W", "2", second)
    assert lab.attempt(*reached).returncode == 0
    lab.run("host", "bridge", OTHER, "br-storage", "--segment", "43")
    lab.inside(OTHER, "ip", "addr", "add", f"{second}/24", "dev", "br-storage")
    assert lab.attempt(*reached).returncode == 1


def test_a_bridge_has_the_mtu_that_was_asked_for_may_be_off_and_goes_again(lab: Lab) -> None:
    lab.run("host", "bridge", HOST, "br-small", "--mtu", "1400")
    assert links(lab, HOST)["br-small"]["mtu"] == 1400
    lab.run("host", "bridge", HOST, "br-small", "--down")
    assert "UP" not in str(links(lab, HOST)["br-small"]["flags"])
    lab.run("host", "bridge", HOST, "br-small", "--remove")
    assert "br-small" not in links(lab, HOST)
    assert "no bridge 'guests'" in lab.refused("host", "bridge", HOST, "guests", "--down")


def test_the_agent_of_a_host_sees_another_time_and_nobody_else_does(lab: Lab) -> None:
    cluster = Cluster()

    def ahead() -> bool:
        """By the Lease that the agent renews with its own time."""
        lease = json.loads(
            cluster.kubectl("get", "lease", f"hypervisor-{HOST}", "-n", "godwit-system", "-o", "json")
        )
        renewed = time.strptime(lease["spec"]["renewTime"][:19], "%Y-%m-%dT%H:%M:%S")
        seconds = time.mktime(renewed) - time.mktime(time.gmtime())
        return abs(seconds - AHEAD_SECONDS) < WITHIN_SECONDS

    lab.run("host", "clock", HOST, f"+{AHEAD_SECONDS:.0f}s")
    try:
        wait_until("a Lease of the future", ahead, 90, 1)
        assert abs(float(lab.inside(HOST, "date", "+%s")) - time.time()) < WITHIN_SECONDS
    finally:
        lab.run("host", "clock", HOST, "right")
    wait_until("a Lease of now", lambda: not ahead(), 90, 1)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("expired", "not trusted"),
        ("other-name", "does not match|doesn't match|owner"),
        ("stranger", "known issuer"),
    ],
)
def test_a_certificate_that_is_wrong_is_seen_by_whoever_asks_for_it(lab: Lab, kind: str, said: str) -> None:
    ask = ("exec", OTHER, "--", "virsh", "-q", "-c", f"qemu+tls://{HOST}/system", "uri")
    lab.run("host", "certificate", HOST, kind)
    try:
        refused = lab.attempt(*ask)
        assert refused.returncode == 1
        assert any(word in refused.stderr for word in said.split("|")), refused.stderr
    finally:
        lab.run("host", "certificate", HOST, "right")
    assert lab.attempt(*ask).returncode == 0


def test_a_closed_port_is_refused_or_silent_from_outside_and_open_at_home(lab: Lab) -> None:
    def asked(by: str, address: str) -> int:
        """0: it is open, 124: nobody answers."""
        connect = f"exec 3<> /dev/tcp/{address}/16514"
        return lab.attempt("exec", by, "--", "timeout", "3", "bash", "-c", connect).returncode

    lab.run("host", "port", HOST, "16514")
    assert (asked(OTHER, HOST), asked(HOST, "127.0.0.1")) == (1, 0)
    lab.run("host", "port", HOST, "open")
    lab.run("host", "port", HOST, "16514", "--silent")
    assert asked(OTHER, HOST) == 124
    lab.run("host", "port", HOST, "open")
    assert asked(OTHER, HOST) == 0


@pytest.mark.parametrize(
    ("same", "ask"),
    [
        ("uuid", "virsh -q capabilities | sed -n 's|^ *<uuid>||p' | head -n 1"),
        ("name", "virsh -q hostname"),
    ],
    ids=["uuid", "name"],
)
def test_a_host_takes_itself_for_another_one_and_is_itself_again(lab: Lab, same: str, ask: str) -> None:
    def says(host: str) -> str:
        return lab.inside(host, "sh", "-ec", ask)

    own, others = says(HOST), says(OTHER)
    assert own != others
    lab.run("host", "identity", HOST, OTHER, "--same", same)
    try:
        assert (says(HOST), says(OTHER)) == (others, others)
    finally:
        lab.run("host", "identity", HOST, "right")
    assert (says(HOST), says(OTHER)) == (own, others)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("bridge", HOST, "a-name-that-is-too-long"), "1 to 15 characters"),
        (("bridge", HOST, "br0", "--segment", "5000"), "from 1 to 999"),
        (("clock", HOST, "90"), "a sign, a whole number"),
        (("port", HOST, "http"), "from 1 to 65535"),
        (("clock", "host20", "+1s"), "has no host20"),
        (("clock", "infra", "+1s"), "'infra' is no host"),
        (("identity", HOST, "infra"), "'infra' is no host"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else "",
)
def test_what_can_not_be_is_refused_in_words(lab: Lab, words: tuple[str, ...], told: str) -> None:
    assert told in lab.refused("host", *words)


def test_a_host_that_is_mended_is_as_it_was(lab: Lab) -> None:
    lab.run("host", "mend", HOST)
    before = sorted(links(lab, HOST))
    lab.run("host", "bridge", HOST, "br-left", "--segment", "9")
    lab.run("host", "port", HOST, "49152:49215")
    lab.run("host", "mend", HOST)
    assert sorted(links(lab, HOST)) == before
    assert "49152:49215" not in lab.inside(HOST, "iptables", "-S")
