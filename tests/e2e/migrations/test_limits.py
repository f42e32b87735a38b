"""The guide's knobs, before the job and while it runs, as virsh shows them."""

import json
import time
from collections.abc import Callable

import pytest

from ..api_server import Body
from ..lab import Lab, wait_until
from .hosts import Hosts
from .moves import MOVE_SECONDS, Moves, condition

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("slow")]

IN_FORCE_SECONDS = 3 * 2


def begin(moves: Moves, hosts: Hosts, guest: str, name: str, tuning: dict[str, str]) -> str:
    """A migration with limits, to where the guest is not."""
    to = hosts.other(hosts.place(guest))
    body = {
        "apiVersion": "godwit.dev/v1alpha1",
        "kind": "VMMigration",
        "metadata": {"name": name, "namespace": moves.namespace},
        "spec": {"vm": {"name": guest}, "destination": {"hypervisor": to}, "tuning": tuning},
    }
    moves.cluster.kubectl("apply", "-f", "-", stdin=json.dumps(body))
    return name


def change(moves: Moves, name: str, patch: Body) -> None:
    body = json.dumps({"spec": patch})
    moves.cluster.kubectl("patch", "vmmigration", name, "-n", moves.namespace, "--type=merge", "-p", body)


def test_downtime_and_bandwidth_are_in_force_change_live_and_are_put_back(
    lab: Lab, moves: Moves, hosts: Hosts, writer: str
) -> None:
    source = hosts.place(writer)

    def shown() -> tuple[str, str]:
        speed = hosts.virsh(source, "migrate-getspeed", writer).strip()
        return speed, hosts.virsh(source, "migrate-getmaxdowntime", writer).strip()

    before = shown()
    name = begin(moves, hosts, writer, "limited", {"maxDowntime": "700ms", "bandwidth": "2Mi"})
    moves.phase(name, "Migrating")
    wait_until("the limits", lambda: shown() == ("2", "700"), IN_FORCE_SECONDS)
    change(moves, name, {"tuning": {"maxDowntime": "900ms", "bandwidth": "1Mi"}})
    wait_until("the new limits", lambda: shown() == ("1", "900"), IN_FORCE_SECONDS)

    def told() -> bool:
        effective = moves.status(name)["effective"]
        return (effective["bandwidthMebibytesPerSecond"], effective["maxDowntimeMilliseconds"]) == (1, 900)

    moves.until(name, "what is in force", told, IN_FORCE_SECONDS)
    change(moves, name, {"cancel": True})
    moves.phase(name, "Cancelled")
    assert shown() == before
    lab.check(writer)


@pytest.mark.walk
def test_a_job_whose_time_is_over_is_aborted_and_the_guest_stays(
    lab: Lab, moves: Moves, hosts: Hosts, writer: str
) -> None:
    source = hosts.place(writer)
    name = begin(moves, hosts, writer, "out-of-time", {"timeout": "3s"})
    status = moves.phase(name, "Failed")
    told = condition(status, "Succeeded")
    assert told["reason"] == "Timeout"
    assert "tuning.timeout (3 s)" in told["message"]
    assert lab.check(writer)["host"] == source


def test_its_time_may_be_cut_short_while_it_runs(lab: Lab, moves: Moves, hosts: Hosts, writer: str) -> None:
    source = hosts.place(writer)
    name = begin(moves, hosts, writer, "cut-short", {"timeout": "10m"})
    moves.phase(name, "Migrating")
    change(moves, name, {"tuning": {"timeout": "1s"}})
    told = condition(moves.phase(name, "Failed"), "Succeeded")
    assert (told["reason"], "tuning.timeout (1 s)" in told["message"]) == ("Timeout", True)
    assert lab.check(writer)["host"] == source


@pytest.mark.walk
def test_a_guest_that_is_held_runs_again_at_the_source_when_its_job_fails(
    lab: Lab, moves: Moves, hosts: Hosts, writer: str
) -> None:
    source = hosts.place(writer)
    name = begin(moves, hosts, writer, "held-in-vain", {"timeout": "2s", "onTimeout": "Suspend"})
    held = f"{writer} to be held"
    wait_until(held, lambda: hosts.info(source, writer)["State"] == "paused", MOVE_SECONDS)
    hosts.virsh(source, "domjobabort", writer)
    moves.phase(name, "Failed")
    assert hosts.info(source, writer)["State"] == "running"
    assert lab.check(writer)["host"] == source


def test_a_guest_is_held_when_the_time_is_over_and_runs_again_at_the_destination(
    lab: Lab, moves: Moves, hosts: Hosts, writer: str, slow: Callable[[], None]
) -> None:
    source = hosts.place(writer)
    to = hosts.other(source)
    began = time.monotonic()
    name = begin(moves, hosts, writer, "held", {"timeout": "5s", "onTimeout": "Suspend"})
    held = f"{writer} to be held"
    wait_until(held, lambda: hosts.info(source, writer)["State"] == "paused", MOVE_SECONDS)
    slow()
    status = moves.success(name)
    assert time.monotonic() - began > 5
    assert status["effective"]["onTimeout"] == "Suspend"
    assert lab.check(writer)["host"] == to


@pytest.mark.walk
def test_auto_converge_slows_the_guest_down_only_where_it_is_allowed(
    lab: Lab, moves: Moves, hosts: Hosts, writer: str, slow: Callable[[], None]
) -> None:
    name = begin(moves, hosts, writer, "converging", {"autoConverge": "Always"})

    def throttled() -> bool:
        return bool(moves.status(name).get("progress", {}).get("throttlePercent"))

    moves.until(name, "a throttle", throttled, MOVE_SECONDS)
    slow()
    assert moves.success(name)["effective"]["autoConverge"] == "Always"
    lab.check(writer)
