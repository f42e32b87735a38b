"""Networks that one host lacks or has otherwise: each is named, and nothing else is."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ..api_server import Body
from ..bad.scene import HOSTS, Scene
from ..lab import wait_until
from .verdicts import judged

pytestmark = pytest.mark.e2e

VM, MAC, BRIDGE = "preflight-net", "52:54:00:70:66:01", "pf-net"
SEGMENT, OTHER_SEGMENT = "31", "32"
TOLD_SECONDS = 45.0
"""A host looks at itself every half minute at least."""
SOON_SECONDS = 15.0
"""5 s are meant, and the machine may be busy; by the half minute alone it would be too late."""


@contextmanager
def bridges(scene: Scene, here: tuple[str, ...], there: tuple[str, ...] | None) -> Iterator[None]:
    """The bridge on both hosts, each with its own options; None: not there."""
    made = {host: options for host, options in zip(HOSTS, (here, there), strict=True) if options is not None}
    try:
        for host, options in made.items():
            scene.lab.run("host", "bridge", host, BRIDGE, *options)
        yield
    finally:
        for host in made:
            scene.lab.run("host", "bridge", host, BRIDGE, "--remove")


@contextmanager
def guest_on_it(scene: Scene) -> Iterator[None]:
    """Runs on host1, attached to the bridge."""
    interface = f"<interface type='bridge'><mac address='{MAC}'/><source bridge='{BRIDGE}'/></interface>"
    definition = (
        f"<domain type='qemu'><name>{VM}</name><memory unit='MiB'>16</memory>"
        f"<os><type arch='x86_64'>hvm</type></os><devices>{interface}</devices></domain>"
    )
    scene.virsh("host1", "define", "/dev/stdin", stdin=definition)
    try:
        scene.virsh("host1", "start", VM)
        wait_until(f"host1 to list {VM}", lambda: VM in scene.domains("host1"), 30)
        yield
    finally:
        scene.lab.attempt("exec", "host1", "--", "virsh", "destroy", VM)
        scene.virsh("host1", "undefine", VM)


def bridge_of(scene: Scene, host: str) -> Body:
    """As its Hypervisor tells it; empty when it doesn't."""
    told = json.loads(scene.cluster.kubectl("get", "hypervisor", host, "-o", "json"))["status"]["networks"]
    return next((each for each in told if each["name"] == BRIDGE), {})


def until_told(scene: Scene, *there: tuple[str, object]) -> None:
    """Both hosts tell of the bridge, host2 also what it is asked for."""

    def is_told() -> bool:
        theirs = bridge_of(scene, "host2")
        return bool(bridge_of(scene, "host1")) and all(theirs.get(key) == value for key, value in there)

    hurry(scene)
    wait_until("both hosts to tell of the bridge", is_told, TOLD_SECONDS)


def until_active(scene: Scene, active: bool) -> None:
    """Host2 tells that the bridge is up, or down, without being made to look."""

    def is_told() -> bool:
        return bool(bridge_of(scene, "host2").get("active")) is active

    wait_until(f"host2 to tell of its bridge: active {active}", is_told, SOON_SECONDS)


def hurry(scene: Scene) -> None:
    """A domain that comes makes a host look at once."""
    with scene.domain("host2", "preflight-hurry"):
        pass


def name() -> str:
    return f"net-{uuid.uuid4().hex[:6]}"


def verdicts(body: Body) -> dict[str, str]:
    """Of the checks on networks."""
    wanted = ("Networks", "MTU", "NetworkSegment")
    return {each["name"]: each["result"] for each in body["status"]["checks"] if each["name"] in wanted}


def segment(body: Body) -> str:
    """What is said of it."""
    [check] = [each for each in body["status"]["checks"] if each["name"] == "NetworkSegment"]
    return str(check["message"])


def only_failure(scene: Scene, check: str) -> str:
    """The one thing that is wrong; it names the interface and is said in the migration's own message, too."""
    told = scene.fails(name(), VM, "host2", "ChecksFailed", mode="Validate")
    assert list(told.failed_checks()) == [check], told.message
    said = told.failed_check(check)
    assert MAC in said
    assert "host2" in said
    return said


def test_a_guest_whose_bridge_both_hosts_have_passes(scene: Scene, guest: str) -> None:
    told = judged(scene, name(), guest, "Succeeded")
    assert verdicts(told.body) == dict.fromkeys(("Networks", "MTU", "NetworkSegment"), "Pass")
    assert "a frame from host1 was seen on host2" in segment(told.body)


def test_a_bridge_that_the_destination_lacks_is_named(scene: Scene) -> None:
    with bridges(scene, (), None), guest_on_it(scene):
        assert f"host2 has no bridge {BRIDGE}" in only_failure(scene, "Networks")


def test_a_bridge_that_went_down_a_moment_ago_is_named_and_what_is_said_to_do_helps_at_once(
    scene: Scene,
) -> None:
    on = ("--segment", SEGMENT)
    with bridges(scene, on, on), guest_on_it(scene):
        until_told(scene, ("uplinks", ["veth"]), ("active", True))
        scene.lab.run("host", "bridge", "host2", BRIDGE, "--down")
        remedy = f"ip link set {BRIDGE} up"
        assert f"`{remedy}` on host2" in only_failure(scene, "Networks")
        scene.inside("host2", remedy)
        told = judged(scene, name(), VM, "Succeeded")
    assert verdicts(told.body) == dict.fromkeys(("Networks", "MTU", "NetworkSegment"), "Pass")


def test_a_bridge_that_is_down_where_the_guest_is_cuts_it_off_already_and_somebody_is_told(
    scene: Scene,
) -> None:
    on = ("--segment", SEGMENT)
    with bridges(scene, on, on), guest_on_it(scene):
        scene.inside("host1", f"ip link set {BRIDGE} down")
        told = judged(scene, name(), VM, "Succeeded")
    assert verdicts(told.body) == {"Networks": "Warn", "MTU": "Pass", "NetworkSegment": "Warn"}
    assert told.reason == "ValidWithWarnings"
    assert f"bridge {BRIDGE} of host1 is down, where the guest is" in told.message
    assert f"no frame was tried: bridge {BRIDGE} of host1 is down" in segment(told.body)


def test_uplinks_that_take_less_than_their_bridge_are_named(scene: Scene) -> None:
    on = ("--segment", SEGMENT)
    with bridges(scene, on, on), guest_on_it(scene):
        scene.inside("host2", f"ip link set segment{SEGMENT} mtu 1400 && ip link set {BRIDGE} mtu 1500")
        said = only_failure(scene, "MTU")
    assert f"the uplinks of bridge {BRIDGE} on host2 take 1400 bytes, on host1 1500" in said


def test_a_bridge_that_goes_down_or_comes_up_is_told_of_at_once(scene: Scene) -> None:
    on = ("--segment", SEGMENT)
    with bridges(scene, on, on):
        until_told(scene, ("uplinks", ["veth"]), ("active", True))
        for state, active in (("down", False), ("up", True)):
            scene.inside("host2", f"ip link set {BRIDGE} {state}")
            until_active(scene, active)


def test_an_mtu_that_became_smaller_a_moment_ago_is_named(scene: Scene) -> None:
    on = ("--segment", SEGMENT)
    with bridges(scene, on, on), guest_on_it(scene):
        until_told(scene, ("mtu", 1500))
        scene.inside("host2", f"ip link set {BRIDGE} mtu 1400")
        assert "on host2 is 1400, on host1 it is 1500" in only_failure(scene, "MTU")


def test_a_smaller_mtu_is_named(scene: Scene) -> None:
    on = ("--segment", SEGMENT)
    with bridges(scene, (*on, "--mtu", "9000"), on), guest_on_it(scene):
        until_told(scene, ("mtu", 1500))
        assert "on host2 is 1500, on host1 it is 9000" in only_failure(scene, "MTU")


def test_an_uplink_at_one_end_alone_is_another_segment(scene: Scene) -> None:
    with bridges(scene, ("--segment", SEGMENT), ()), guest_on_it(scene):
        until_told(scene, ("uplinks", []))
        assert "it is host2's own there" in only_failure(scene, "NetworkSegment")


def test_bridges_that_are_connected_are_proven_to_be_by_a_frame_as_soon_as_they_are_made(
    scene: Scene,
) -> None:
    on = ("--segment", SEGMENT)
    with bridges(scene, on, on), guest_on_it(scene):
        told = judged(scene, name(), VM, "Succeeded")
    assert verdicts(told.body)["NetworkSegment"] == "Pass"
    assert segment(told.body) == f"bridge {BRIDGE}: a frame from host1 was seen on host2"


def test_bridges_that_are_not_are_warned_of_since_no_frame_came(scene: Scene) -> None:
    with bridges(scene, ("--segment", SEGMENT), ("--segment", OTHER_SEGMENT)), guest_on_it(scene):
        until_told(scene, ("uplinks", ["veth"]))
        told = judged(scene, name(), VM, "Succeeded")
    assert verdicts(told.body)["NetworkSegment"] == "Warn"
    assert f"{MAC}: bridge {BRIDGE}: a frame from host1 was not seen on host2" in segment(told.body)


def test_subnets_without_anything_in_common_are_two_segments(scene: Scene) -> None:
    on = ("--segment", SEGMENT), ("--segment", OTHER_SEGMENT)
    with bridges(scene, *on):
        scene.inside("host1", f"ip address add 192.0.2.1/25 dev {BRIDGE}")
        scene.inside("host2", f"ip address add 192.0.2.129/25 dev {BRIDGE}")
        with guest_on_it(scene):
            until_told(scene, ("subnets", ["192.0.2.128/25"]))
            wait_until("host1 to tell", lambda: bridge_of(scene, "host1").get("subnets"), TOLD_SECONDS)
            assert "192.0.2.0/25 on host1, 192.0.2.128/25 on host2" in only_failure(scene, "NetworkSegment")


def test_what_the_admin_says_of_the_segments_decides(scene: Scene) -> None:
    with bridges(scene, ("--segment", SEGMENT), ("--segment", OTHER_SEGMENT)), guest_on_it(scene):
        until_told(scene, ("uplinks", ["veth"]))
        assert validated(scene) == "Warn"
        with segments(scene, "prod-10", "prod-20"):
            assert "segment prod-10 on host1 and prod-20 on host2" in only_failure(scene, "NetworkSegment")
        with segments(scene, "prod-10", "prod-10"):
            assert validated(scene) == "Pass"


def validated(scene: Scene) -> str:
    """The verdict on the segment, where nothing fails."""
    return verdicts(judged(scene, name(), VM, "Succeeded").body)["NetworkSegment"]


@contextmanager
def segments(scene: Scene, here: str, there: str) -> Iterator[None]:
    """In the Hypervisors' specs."""
    try:
        for host, segment in zip(HOSTS, (here, there), strict=True):
            say(scene, host, [{"name": BRIDGE, "segment": segment}])
        yield
    finally:
        for host in HOSTS:
            say(scene, host, None)


def say(scene: Scene, host: str, networks: list[Body] | None) -> None:
    patch = json.dumps({"spec": {"networks": networks}})
    scene.cluster.kubectl("patch", "hypervisor", host, "--type=merge", "-p", patch)
