"""`destination.wait`: a host may come, or get better."""

from godwit.domain.migration import Destination, Phase
from godwit.domain.reasons import Reason

from .house.house import House
from .three_hosts import a_host_comes, maintain, three


def made(house: House) -> list[tuple[str, str, str]]:
    """Writes that made a task."""
    return [write for write in house.cluster.server.writes if write[:2] == ("MigrationTask", "create")]


async def test_a_host_is_waited_for_while_wait_lasts_and_taken_when_it_comes() -> None:
    house = await three()
    for name in ("host2", "host3"):
        maintain(house, name, maintenance=True)
    house.migrate(to=Destination(wait="20m"))
    await house.pass_time(600)
    status = house.status()
    assert (status.phase, status.conditions[0].reason) == (Phase.PENDING, Reason.NO_DESTINATION)
    assert "host2 is in maintenance" in house.message()
    assert "destination.wait: 20m" in house.message()
    maintain(house, "host3", maintenance=False)
    assert (await house.ends()).phase is Phase.SUCCEEDED, house.told()
    house.is_on("host3")


async def test_nothing_is_written_while_a_host_is_waited_for_and_nothing_changes() -> None:
    house = await three()
    for name in ("host2", "host3"):
        maintain(house, name, maintenance=True)
    house.migrate(to=Destination(wait="20m"))
    await house.pass_time(60)
    house.cluster.server.writes.clear()
    await house.pass_time(600)
    assert {kind for kind, _, _ in house.cluster.server.writes} == {"Lease"}


async def test_a_wait_that_is_over_ends_it() -> None:
    house = await three()
    for name in ("host2", "host3"):
        maintain(house, name, maintenance=True)
    house.migrate(to=Destination(wait="2m"))
    status = await house.ends(seconds=150)
    assert status.ending is not None
    assert (status.phase, status.ending.reason) == (Phase.FAILED, Reason.NO_DESTINATION)
    assert "no host came within destination.wait (2m)" in status.ending.message
    house.is_as_before()


async def test_a_host_that_refused_is_asked_again_while_one_is_waited_for() -> None:
    house = await three("host2", "host3")
    house.migrate(to=Destination(wait="20m"))
    await house.pass_time(30)
    assert house.status().phase is Phase.PENDING, house.told()
    assert [gone.hypervisor for gone in house.status().attempts[-1].dismissed] == ["host2", "host3"]
    assert "one that refused is asked again after 1m00s" in house.message()
    house.takes("host3")
    assert (await house.ends(seconds=120)).phase is Phase.SUCCEEDED, house.told()
    house.is_on("host3")


async def test_in_a_short_wait_it_is_asked_again_in_time() -> None:
    house = await three("host2", "host3")
    house.migrate(to=Destination(wait="30s"))
    await house.pass_time(5)
    assert "one that refused is asked again after 10s" in house.message()
    house.takes("host3")
    assert (await house.ends(seconds=25)).phase is Phase.SUCCEEDED, house.told()
    house.is_on("host3")


async def test_hosts_that_refuse_for_ever_are_asked_once_a_minute_and_no_more_often() -> None:
    house = await three("host2", "host3")
    house.migrate(to=Destination(wait="20m"))
    await house.pass_time(30)
    before = len(made(house))
    await house.pass_time(601)
    assert 9 <= (len(made(house)) - before) / 3 <= 10, "both, and the source before them"
    house.cancel()
    assert (await house.ends()).phase is Phase.CANCELLED
    house.is_as_before()


async def test_a_wait_may_be_cancelled() -> None:
    house = await three()
    for name in ("host2", "host3"):
        maintain(house, name, maintenance=True)
    house.migrate(to=Destination(wait="20m"))
    await house.pass_time(30)
    house.cancel()
    assert (await house.ends()).phase is Phase.CANCELLED
    house.is_as_before()


async def test_for_a_host_that_comes_later_the_source_is_looked_at_once_more() -> None:
    house = await three()
    await a_host_comes(house, "host3")
    status = await house.ends()
    assert status.phase is Phase.SUCCEEDED, house.told()
    house.is_on("host3")
    [before] = status.attempts[-1].dismissed
    assert before.hypervisor == "host1"
    assert status.attempts[-1].source_task == f"{before.task}-2"
    assert status.choice is not None
    assert before.why not in status.choice.why
