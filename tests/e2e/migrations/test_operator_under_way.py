"""A migration that is under way: what it shows, and who waits for it.

One migration serves all tests here. It lasts until the link is mended, which the fixture `ended` does: the
tests that ask for that one come last.
"""

from collections.abc import Iterator

import pytest

from ..lab import Lab, wait_until
from .hosts import NAMES, Hosts
from .moves import MOVE_SECONDS, Moves, condition
from .pods import Pods, select
from .story import Story, watch

pytestmark = pytest.mark.e2e

SLOW_RATE = "12mbit"
"""All of the memory takes longer than the time between two writes of progress."""
PROGRESS_SERIES = (
    "progress_ratio", "data_bytes", "data_processed_bytes", "data_remaining_bytes",
    "transfer_rate_bytes_per_second", "dirty_rate_bytes_per_second", "memory_iteration", "throttle_ratio",
)  # fmt: skip


@pytest.fixture(scope="module")
def jobs_before(hosts: Hosts, writer: str) -> int:
    return hosts.jobs(writer)


@pytest.fixture(scope="module")
def story(lab: Lab, moves: Moves, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """What a watch has seen of a migration so far."""
    with watch(lab, moves.namespace, tmp_path_factory.mktemp("watch") / "seen.json") as seen:
        yield seen


@pytest.fixture(scope="module")
def first(lab: Lab, moves: Moves, writer: str, jobs_before: int, story: Story) -> Iterator[str]:
    """A migration whose job runs, and has told how far it is."""
    lab.run("link", NAMES[0], "--rate", SLOW_RATE)
    name = moves.begin(writer)

    def told() -> bool:
        status = moves.status(name)
        return status.get("phase") == "Migrating" and status.get("progress", {}).get("percent", 0) > 0

    moves.until(name, "progress", told, MOVE_SECONDS)
    yield name
    lab.run("link", NAMES[0], "--clear")


@pytest.fixture(scope="module")
def second(moves: Moves, first: str, writer: str) -> str:
    """Another migration of the same VM, back to where the first one takes it from."""
    return moves.begin(writer, to=moves.status(first)["source"]["hypervisor"])


@pytest.fixture(scope="module")
def ended(lab: Lab, moves: Moves, second: str, first: str) -> str:
    """The first migration's name: the link is as it was, and it is over."""
    lab.run("link", NAMES[0], "--clear")
    moves.success(first)
    return first


def test_it_is_reconciling_as_kstatus_reads_it(moves: Moves, first: str) -> None:
    found = moves.get(first)
    statuses = {each["type"]: each["status"] for each in found["status"]["conditions"]}
    assert statuses == {"Succeeded": "Unknown", "Ready": "False", "Reconciling": "True"}
    assert condition(found["status"], "Succeeded")["reason"] == "Migrating"
    assert found["status"]["observedGeneration"] == found["metadata"]["generation"]


def test_its_progress_and_its_row_say_how_far_it_is(moves: Moves, first: str) -> None:
    progress = moves.status(first)["progress"]
    assert 0 < progress["percent"] < 100
    assert progress["dataTotal"] > progress["dataRemaining"] > 0 and progress["dataProcessed"] > 0
    assert progress["rate"] > 0 and progress["iteration"] >= 1
    shown = moves.table(first)
    assert (shown["PHASE"], shown["WHY"]) == ("Migrating", "Migrating")
    assert progress["percent"] <= int(shown["%"]) < 100


def test_its_progress_is_told_again_at_least_every_ten_seconds(moves: Moves, first: str) -> None:
    before = moves.status(first)["progress"]
    wait_until("more progress", lambda: moves.status(first)["progress"] != before, 30, every_seconds=0.5)
    assert moves.status(first)["progress"]["percent"] > before["percent"]


def test_the_sources_agent_shows_each_second_what_it_sends(moves: Moves, pods: Pods, first: str) -> None:
    agent = pods.agent(moves.status(first)["source"]["hypervisor"])
    own = {"namespace": moves.namespace, "name": first}

    def sent() -> float:
        [value] = select(pods.series(agent), "vmmigration_data_processed_bytes", **own).values()
        return value

    began = sent()
    wait_until("more to be sent", lambda: sent() > began, 9)
    shown = pods.series(agent)
    for name in PROGRESS_SERIES:
        assert select(shown, f"vmmigration_{name}", **own), name
    [ratio] = select(shown, "vmmigration_progress_ratio", **own).values()
    assert 0 < ratio <= 1


def test_autostart_is_off_at_the_source_and_both_copies_are_marked(
    moves: Moves, hosts: Hosts, first: str, writer: str
) -> None:
    status = moves.status(first)
    source, destination = status["source"]["hypervisor"], status["destination"]["hypervisor"]
    assert hosts.info(source, writer)["Autostart"] == "disable"
    assert hosts.marks(source, writer)
    assert hosts.marks(destination, writer)


def test_a_second_one_of_the_same_vm_is_queued_and_names_the_first(
    moves: Moves, first: str, second: str
) -> None:
    status = moves.phase(second, "Queued")
    told = condition(status, "Succeeded")
    assert (told["status"], told["reason"]) == ("Unknown", "Queued")
    assert f"{moves.namespace}/{first}" in told["message"]


def test_a_queued_one_that_is_deleted_goes_at_once(moves: Moves, first: str, writer: str) -> None:
    third = moves.begin(writer, to=moves.status(first)["destination"]["hypervisor"])
    moves.phase(third, "Queued")
    moves.delete(third)
    wait_until("the queued one to go", lambda: not moves.exists(third), 9)
    assert moves.status(first)["phase"] == "Migrating"


def test_its_percent_never_went_back(story: Story, ended: str) -> None:
    percents = [
        each["status"]["progress"]["percent"] for each in story(ended) if "progress" in each["status"]
    ]
    assert percents == sorted(percents) and percents[-1] == 100 and len(set(percents)) > 2


def test_it_never_was_ready_before_it_had_succeeded(story: Story, ended: str) -> None:
    for each in story(ended):
        told = {found["type"]: found["status"] for found in each["status"].get("conditions", [])}
        assert (told.get("Ready") == "True") == (each["status"].get("phase") == "Succeeded"), told


def test_the_agents_forget_it_when_it_has_ended(moves: Moves, pods: Pods, ended: str) -> None:
    def forgotten() -> bool:
        shown = [pods.series(pods.agent(host)) for host in NAMES]
        return not any(select(series, "vmmigration_progress_ratio", name=ended) for series in shown)

    wait_until("the agents to forget it", forgotten, 9)


def test_then_the_second_one_takes_the_guest_back(
    lab: Lab, moves: Moves, hosts: Hosts, ended: str, second: str, writer: str, jobs_before: int
) -> None:
    back = moves.success(second)["destination"]["hypervisor"]
    assert lab.check(writer)["host"] == back
    assert hosts.jobs(writer) == jobs_before + 2
