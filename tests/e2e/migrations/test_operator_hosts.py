"""What the Hypervisors say of their hosts: all facts, news within seconds, and whether the agent lives."""

import json
from collections.abc import Iterator

import pytest

from ..api_server import Body, Cluster
from ..lab import Lab, wait_until
from .hosts import NAMES, Hosts
from .moves import condition

pytestmark = pytest.mark.e2e

HOST = NAMES[1]
SOON_SECONDS = 9.0
"""Three times `within seconds`."""
LEASE_SECONDS = 40.0
TINY = """<domain type='qemu'><name>moves-tiny</name><memory unit='MiB'>16</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='pc'>hvm</type></os>
<cpu mode='custom' match='exact' check='none'><model fallback='forbid'>qemu64</model></cpu>
<devices><controller type='usb' model='none'/><memballoon model='none'/></devices></domain>"""


@pytest.fixture
def tiny(lab: Lab) -> Iterator[str]:
    """A domain without a guest in it, that somebody starts by virsh."""
    name = "moves-tiny"
    lab.attempt("exec", HOST, "--", "virsh", "destroy", name)
    created = lab.attempt("exec", HOST, "--", "virsh", "create", "/dev/stdin", stdin=TINY)
    assert created.returncode == 0, created.stderr
    yield name
    lab.attempt("exec", HOST, "--", "virsh", "destroy", name)


@pytest.fixture
def silent(lab: Lab) -> Iterator[None]:
    """The agent of HOST is away."""
    lab.run("stop", "agent", HOST)
    yield
    lab.run("start", "agent", HOST)


def status(cluster: Cluster, host: str = HOST) -> Body:
    found: Body = json.loads(cluster.kubectl("get", "hypervisor", host, "-o", "json"))["status"]
    return found


def listed(cluster: Cluster, guest: str) -> Body | None:
    return next((each for each in status(cluster).get("domains", []) if each["name"] == guest), None)


def ready(cluster: Cluster) -> str:
    return str(condition(status(cluster), "Ready")["status"])


def test_a_guest_that_starts_is_listed_within_seconds_and_one_that_ends_is_not(
    lab: Lab, cluster: Cluster, hosts: Hosts, tiny: str
) -> None:
    found = wait_until("it to be listed", lambda: listed(cluster, tiny), SOON_SECONDS)
    assert (found["state"], found["vcpus"], found["memoryBytes"]) == ("Running", 1, 16 << 20)
    hosts.virsh(HOST, "suspend", tiny)
    wait_until("its pause", lambda: (listed(cluster, tiny) or {}).get("state") == "Paused", SOON_SECONDS)
    hosts.virsh(HOST, "destroy", tiny)
    wait_until("it to be gone", lambda: listed(cluster, tiny) is None, SOON_SECONDS)


@pytest.mark.parametrize("host", NAMES)
def test_a_hypervisor_tells_all_of_its_host(lab: Lab, cluster: Cluster, hosts: Hosts, host: str) -> None:
    told = status(cluster, host)
    assert f"<uuid>{told['hostUuid']}</uuid>" in hosts.virsh(host, "capabilities")
    versions = hosts.virsh(host, "version", "--daemon")
    assert told["versions"]["libvirt"] in versions and told["versions"]["qemu"] in versions
    assert told["versions"]["agent"]
    assert told["cpu"]["arch"] == "x86_64" and told["cpu"]["model"] and told["cpu"]["features"]
    assert told["cpu"]["count"] > 0
    assert 0 < told["memory"]["freeBytes"] <= told["memory"]["totalBytes"]
    assert sum(node["memoryBytes"] for node in told["numa"]) > 0
    assert [each["mtu"] for each in told["networks"] if each["name"] == "guests"] == [1500]
    shown = lab.inside(host, "ip", "-o", "-4", "addr", "show", "data")
    assert f" {told['migrationAddress']}/" in shown
    kinds = {each["path"]: each["fileSystem"] for each in told["imageDirectories"]}
    assert kinds["/var/lib/godwit/shared"] == "fuse.glusterfs"
    assert all(each["freeBytes"] > 0 for each in told["imageDirectories"])
    assert any("i440fx" in machine for machine in told["machineTypes"])


@pytest.mark.walk  # of its kind `bad/test_silent_host.py` stays
def test_an_agent_that_renews_no_lease_makes_its_hypervisor_not_ready_until_it_is_back(
    lab: Lab, cluster: Cluster, silent: None
) -> None:
    wait_until("it to be NotReady", lambda: ready(cluster) == "False", LEASE_SECONDS * 1.5, every_seconds=1)
    told = condition(status(cluster), "Ready")
    assert "Lease" in told["message"]
    lab.run("start", "agent", HOST)
    wait_until("it to be Ready", lambda: ready(cluster) == "True", 60, every_seconds=0.5)
