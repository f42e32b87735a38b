"""A destination that the operator chooses: which one, and what is told of it."""

import pytest

from godwit.cluster.ports_inventory import Node
from godwit.domain.choice.table import Standing
from godwit.domain.guest import DomainState, StateReason
from godwit.domain.migration import CheckResult, Destination, Mode, Phase
from godwit.domain.reasons import Reason

from .house.house import SELECTOR, House
from .three_hosts import ANY, standings, three


def label(house: House, **zones: str) -> None:
    house.set_nodes(*(Node(name, {**SELECTOR, "zone": zones.get(name, "a")}) for name in house.hosts))


async def test_the_best_host_is_chosen_and_the_status_says_why() -> None:
    house = await three()
    house.migrate(to=ANY)
    status = await house.ends()
    assert status.phase is Phase.SUCCEEDED, house.told()
    house.is_on("host2")
    assert status.choice is not None
    assert "host2 is the best of 2 hosts" in status.choice.why
    assert "first by name" in status.choice.why
    assert standings(house) == {"host2": Standing.CHOSEN, "host3": Standing.STANDBY}
    assert "Definition" in status.choice.candidates[1].not_run
    [unneeded] = status.attempts[-1].dismissed
    assert (unneeded.hypervisor, unneeded.why) == ("host3", "host2 takes the guest")


async def test_one_that_does_not_take_the_guest_gives_way_to_the_next() -> None:
    house = await three("host2")
    house.migrate(to=ANY)
    status = await house.ends()
    assert status.phase is Phase.SUCCEEDED, house.told()
    house.is_on("host3")
    [gone] = status.attempts[-1].dismissed
    assert (gone.hypervisor, gone.failed) == ("host2", ("Definition",))
    assert gone.task != status.attempts[-1].destination_task
    assert status.choice is not None
    assert "host2 was inspected before: Definition: " in status.choice.why
    assert standings(house) == {"host3": Standing.CHOSEN, "host2": Standing.REFUSED}
    assert not [check for check in status.checks if check.stops]


async def test_where_every_host_refuses_it_fails_with_each_ones_reasons() -> None:
    house = await three("host2", "host3")
    house.migrate(to=ANY)
    status = await house.ends()
    assert status.ending is not None
    assert (status.phase, status.ending.reason) == (Phase.FAILED, Reason.NO_DESTINATION)
    for name in ("host2", "host3"):
        assert f"{name}: Definition: libvirt on {name} refuses the definition" in status.ending.message
    assert [check.host for check in status.checks if check.stops] == ["host3"]
    house.is_as_before()
    assert house.calls == 0


async def test_a_preflight_alone_chooses_too_and_leaves_nothing() -> None:
    house = await three("host2")
    house.migrate(to=ANY, mode=Mode.VALIDATE)
    status = await house.ends()
    assert status.phase is Phase.SUCCEEDED, house.told()
    assert status.destination is not None
    assert status.destination.hypervisor == "host3"
    house.is_as_before()
    assert house.told_more == set()


async def test_what_is_wrong_with_the_guest_itself_ends_it_as_with_a_named_host() -> None:
    house = await three()
    house.guest.become(DomainState.PAUSED, StateReason.IO_ERROR)
    house.migrate(to=ANY)
    status = await house.ends()
    assert status.ending is not None
    assert (status.phase, status.ending.reason) == (Phase.FAILED, Reason.CHECKS_FAILED)
    assert status.ending.message.startswith("1 check failed. VMRuns: ")
    assert [check.name for check in status.checks if check.result is CheckResult.FAIL] == ["VMRuns"]
    house.nothing_is_left()


async def test_a_selector_leaves_only_the_hosts_whose_nodes_have_its_labels() -> None:
    house = await three()
    label(house, host3="b")
    house.migrate(to=Destination(node_selector={"zone": "b"}))
    assert (await house.ends()).phase is Phase.SUCCEEDED, house.told()
    house.is_on("host3")
    assert standings(house)["host2"] is Standing.NOT_SELECTED


@pytest.mark.parametrize(
    ("selector", "words"),
    [
        ({"zone": "c"}, "matches host1 alone, where the VM is"),
        ({"zone": "d"}, "label zone is never d, but a or c"),
        ({"zome": "a"}, "no hypervisor's Node has a label zome"),
    ],
)
async def test_a_selector_that_leaves_nobody_is_refused_before_anything_is_begun(
    selector: dict[str, str], words: str
) -> None:
    house = await three()
    label(house, host1="c")
    house.cluster.server.writes.clear()
    house.migrate(to=Destination(node_selector=selector))
    status = await house.ends()
    assert status.ending is not None
    assert (status.phase, status.ending.reason) == (Phase.FAILED, Reason.NO_DESTINATION)
    assert words in status.ending.message
    kinds = {kind for kind, _, _ in house.cluster.server.writes}
    assert "MigrationTask" not in kinds


async def test_a_host_whose_libvirt_the_source_does_not_reach_comes_last() -> None:
    house = await three()
    house.hosts["host2"].lose()
    house.migrate(to=ANY)
    status = await house.ends()
    assert status.phase is Phase.SUCCEEDED, house.told()
    assert status.attempts[-1].dismissed == ()
    house.is_on("host3")
