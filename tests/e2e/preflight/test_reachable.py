"""The source looks for the destination's libvirtd where the migration would, and says what it finds."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ..api_server import HOME, Body
from ..bad.scene import END_SECONDS, POLL_SECONDS, Scene
from ..lab import wait_until
from .odd_guests import odd_guest
from .road import HERE, ROAD, THERE, of, verdicts, wrong

pytestmark = pytest.mark.e2e

PORT = "49215"
"""At which the source's agent calls."""
NOBODY = "250"
"""The end of an address of the lab's that nobody has."""


@contextmanager
def closed(scene: Scene, ports: str, *how: str) -> Iterator[None]:
    scene.lab.run("host", "port", THERE, ports, *how)
    try:
        yield
    finally:
        scene.lab.run("host", "port", THERE, "open")


@contextmanager
def taken(scene: Scene) -> Iterator[None]:
    """By the screen of a guest of the destination's."""
    screen = f"<graphics type='vnc' port='{PORT}' autoport='no' listen='0.0.0.0'/>"
    definition = (
        "<domain type='qemu'><name>preflight-screen</name><memory unit='MiB'>16</memory>"
        f"<os><type arch='x86_64'>hvm</type></os><devices>{screen}</devices></domain>"
    )
    with odd_guest(scene, "preflight-screen", definition, host=THERE, state="running"):
        yield


@contextmanager
def addressed(scene: Scene, address: str) -> Iterator[None]:
    """By its admin."""
    tell(scene, address)
    try:
        yield
    finally:
        tell(scene, None)


def tell(scene: Scene, address: str | None) -> None:
    patch = json.dumps({"spec": {"migrationAddress": address}})
    scene.cluster.kubectl("patch", "hypervisor", THERE, "--type", "merge", "-p", patch)


def test_between_good_hosts_the_whole_road_is_good(scene: Scene, guest: str) -> None:
    found = verdicts(scene, guest)
    assert {name: of(found, name)["result"] for name in ROAD} == dict.fromkeys(ROAD, "Pass")
    assert "give or take 0." in of(found, "Clock")["message"]
    assert "good until" in of(found, "TLS")["message"]
    assert of(found, "MigrationPort")["message"] == f"{HERE} reached port {PORT} of {THERE} by its token"
    assert scene.inside(THERE, f"ss -Hltn sport = :{PORT}") == "", "it was open for a moment"


def test_a_port_that_refuses_is_named_with_what_to_do(scene: Scene, guest: str) -> None:
    with closed(scene, "16514"):
        found = verdicts(scene, guest)
    assert wrong(found) == {"Reachable": "Fail", "TLS": "NotRun"}
    told = of(found, "Reachable")
    assert told["host"] == THERE
    assert f"{HERE} does not reach libvirtd on {THERE}, " in told["message"]
    assert "port 16514: the connection is refused" in told["message"]
    assert "libvirtd-tls.socket" in told["remedy"]


def test_a_port_behind_a_firewall_is_named_as_such(scene: Scene, guest: str) -> None:
    with closed(scene, "16514", "--silent"):
        found = verdicts(scene, guest)
    assert wrong(found) == {"Reachable": "Fail", "TLS": "NotRun"}
    assert "port 16514: nobody answers (no answer within 3 s)" in of(found, "Reachable")["message"]


@pytest.mark.parametrize(
    ("how", "said"),
    [(("--silent",), "nobody answers"), ((), "something refuses it")],
    ids=["drops", "resets"],
)
def test_a_firewall_before_the_guests_ports_is_named(
    scene: Scene, guest: str, how: tuple[str, ...], said: str
) -> None:
    with closed(scene, "49152:49215", *how):
        found = verdicts(scene, guest)
    assert wrong(found) == {"MigrationPort": "Fail"}
    assert f"{HERE} does not reach port {PORT} of {THERE}: {said}" in of(found, "MigrationPort")["message"]
    assert "49152 to 49215" in of(found, "MigrationPort")["remedy"]
    assert scene.inside(THERE, f"ss -Hltn sport = :{PORT}") == ""


def test_such_a_failure_may_be_forced(scene: Scene, guest: str) -> None:
    with closed(scene, PORT):
        found = verdicts(scene, guest, safety={"force": ["MigrationPort"]})
    assert wrong(found) == {"MigrationPort": "Fail"}
    assert of(found, "MigrationPort")["forced"]


def test_a_port_that_another_program_has_is_warned_of(scene: Scene, guest: str) -> None:
    with taken(scene):
        found = verdicts(scene, guest)
    assert wrong(found) == {"MigrationPort": "Warn"}
    assert "it can't be opened there (Address already in use)" in of(found, "MigrationPort")["message"]


def test_a_source_whose_agent_is_away_as_it_should_call_is_waited_for(scene: Scene, guest: str) -> None:
    """The destination's is held until the source's is gone."""
    scene.lab.run("freeze", "agent", THERE)
    try:
        scene.ask("away", guest, THERE, mode="Validate")
        wait_until("the destination's task", lambda: listening(scene), END_SECONDS, POLL_SECONDS)
        scene.lab.run("stop", "agent", HERE)
        scene.lab.run("thaw", "agent", THERE)
        wait_until("it to have heard nothing", lambda: listening(scene).get("contact"), 20, POLL_SECONDS)
        assert listening(scene)["contact"]["arrival"] == "Missed"
    finally:
        scene.lab.attempt("thaw", "agent", THERE)
        scene.lab.run("start", "agent", HERE)
    scene.until("away", "Succeeded")
    told = scene.clean("away")
    assert wrong(told.body["status"]["checks"]) == {}
    assert scene.left_over(told) == []


def listening(scene: Scene) -> Body:
    """The status of the destination's task; empty as long as there is none."""
    tasks = json.loads(scene.cluster.kubectl("get", "migrationtasks", "-n", HOME, "-o", "json"))["items"]
    there = [task for task in tasks if task["spec"]["role"] == "Destination"]
    return {"is": "there", **there[0].get("status", {})} if there else {}


def test_an_address_that_nobody_has_is_named(scene: Scene, guest: str) -> None:
    body = json.loads(scene.cluster.kubectl("get", "hypervisor", THERE, "-o", "json"))
    address = ".".join([*body["status"]["migrationAddress"].split(".")[:3], NOBODY])
    with addressed(scene, address):
        found = verdicts(scene, guest)
    assert wrong(found) == {"Reachable": "Fail", "TLS": "NotRun"}
    assert f"{address} port 16514" in of(found, "Reachable")["message"]
    assert f"`ip route get {address}` on {HERE}" in of(found, "Reachable")["remedy"]


def test_a_name_that_has_no_address_is_named(scene: Scene, guest: str) -> None:
    with addressed(scene, "host2..invalid"):
        found = verdicts(scene, guest)
    assert wrong(found) == {"Reachable": "Fail", "TLS": "NotRun"}
    assert "the name has no address" in of(found, "Reachable")["message"]
