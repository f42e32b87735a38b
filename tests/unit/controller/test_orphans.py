"""Whoever takes the finalizer away leaves tasks and a claim behind: they are ended, the VM is free again."""

import pytest

from godwit.cluster.ports import Claim
from godwit.controller.orphans import ALONE_SECONDS, EVERY_SECONDS
from godwit.domain.migration import Phase
from godwit.domain.plan import Switchover

from .house.house import UUID, House, house_for, sending

both = pytest.mark.parametrize("switchover", Switchover)
LONGEST_SECONDS = 10 * (ALONE_SECONDS + EVERY_SECONDS)


def abandon(house: House, name: str = "move") -> None:
    """`kubectl delete`, and the finalizer taken away by hand."""
    house.cluster.migrations.mark_deleted("default", name)
    house.cluster.migrations.take_finalizer("default", name)


def is_swept(house: House) -> bool:
    return not house.cluster.tasks.objects and not house.cluster.claims.objects


@both
async def test_a_job_whose_migration_is_gone_is_aborted_and_the_guest_stays_as_it_was(
    switchover: Switchover,
) -> None:
    house = await sending(switchover)
    house.operator.kill()
    abandon(house)
    house.operator.run()
    await house.until(lambda: is_swept(house), LONGEST_SECONDS)
    house.is_as_before()


@both
async def test_the_next_migration_of_the_vm_waits_for_that_and_then_goes_on(switchover: Switchover) -> None:
    house = await sending(switchover)
    house.operator.kill()
    abandon(house)
    house.hosts["host1"].let_go()
    house.operator.run()
    house.migrate("second")
    await house.reaches(Phase.QUEUED, "second")
    await house.until(lambda: house.status("second").finished_at is not None, LONGEST_SECONDS)
    assert house.calls <= 2


async def test_a_claim_of_a_migration_that_nobody_knows_is_released() -> None:
    house = await house_for(Switchover.FAST)
    house.cluster.claims.objects[UUID] = Claim(UUID, "uid-of-nobody", "default/gone", "lease", "1")
    house.migrate()
    await house.reaches(Phase.QUEUED)
    await house.until(lambda: house.status().phase is Phase.SUCCEEDED, LONGEST_SECONDS)
    house.has_moved()


async def test_a_claim_is_kept_as_long_as_the_api_server_knows_its_migration() -> None:
    """The watch may be late; the one who asks is not."""
    house = await sending(Switchover.FAST)
    migrations = house.operator.migrations
    for key, _ in list(migrations.items()):
        migrations.saw(key, 10_000, None)
    await house.pass_time(LONGEST_SECONDS)
    assert UUID in house.cluster.claims.objects
    assert len(house.cluster.tasks.objects) == 2
