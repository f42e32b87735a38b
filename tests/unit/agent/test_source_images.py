"""`sourceImages: Delete`: images go after the definition, whoever dies in it, and never in doubt."""

import pytest
from msgspec.structs import replace

from godwit.cluster.ports import Unavailable
from godwit.domain.guest import DomainState, StateReason
from godwit.domain.task import Goal, Starting, StopDetail, Stopped, TaskStatus

from ...fakes.hypervisor import FakeDomain, FakeFile
from ..controller.house.house import UUID, disk
from ..controller.virtual_time import BEGINNING
from .bench import PLAN, Bench
from .copies import VDA, images
from .test_images_killed import DEATHS, MOST_STEPS, Death, dies, until

VDB = replace(VDA, target="vdb", path="/local/vdb.img")
COPIES = (replace(VDA, delete_source=True), VDB)
DELETING = replace(PLAN, copies=COPIES, delete_nvram=True)
NVRAM = "/local/vm1.fd"
LONG_AGO, LATE = "1000000000.000000001", "4000000000.000000001"


async def left(bench: Bench) -> FakeDomain:
    """The guest has gone, and its images lie here as it left them."""
    for path in (VDA.path, VDB.path, NVRAM):
        bench.libvirt.put(path, FakeFile("the guest's", changed=LONG_AGO))
    guest = bench.guest()
    guest.disks, guest.nvram = (disk("/local", "vda"), disk("/local", "vdb")), NVRAM
    facts = await bench.libvirt.guests.inspect(UUID)
    guest.become(DomainState.SHUTOFF, StateReason.MIGRATED)
    status = TaskStatus(
        reached=Goal.MIGRATED,
        facts=facts,
        run_mark="ours",
        starting=Starting(1, "", BEGINNING),
        stopped=Stopped(StopDetail.MIGRATED, BEGINNING),
    )
    bench.put("t", Goal.RELEASED, status, plan=DELETING)
    bench.libvirt.calls = 0
    return guest


async def test_the_definition_goes_first_then_what_was_asked_for_and_nothing_else() -> None:
    bench = Bench()
    await left(bench)
    await bench.look()
    status = bench.status()
    assert bench.libvirt.acts == ["undefine", f"remove {VDA.path}"]
    assert images(bench) == [VDB.path], "the NVRAM went with the definition"
    assert (status.reached, status.removing, status.left_behind) == (Goal.RELEASED, (), ())


async def test_no_image_goes_unless_the_intent_was_written() -> None:
    bench = Bench()
    await left(bench)
    bench.cluster.fail_next_write(Unavailable("no answer"), "MigrationTask", after=1)
    with pytest.raises(Unavailable):
        await bench.look()
    assert VDA.path in images(bench)
    await bench.look()
    assert VDA.path not in images(bench)


async def test_a_definition_that_libvirt_does_not_drop_keeps_its_images() -> None:
    bench = Bench()
    guest = await left(bench)
    guest.become(DomainState.RUNNING, StateReason.BOOTED)
    await bench.look()
    assert VDA.path in images(bench)
    assert bench.status().owed is not None
    guest.become(DomainState.SHUTOFF, StateReason.UNKNOWN)
    await bench.look()
    assert bench.libvirt.acts == []
    assert bench.status().reached is not Goal.RELEASED


async def test_the_images_of_a_guest_that_was_brought_back_outlive_its_definition() -> None:
    bench = Bench()
    guest = await left(bench)
    guest.become(DomainState.RUNNING, StateReason.BOOTED)
    await bench.look()
    bench.libvirt.domains.clear()  # by its user, who was told so
    await bench.look()
    status = bench.status()
    assert status.reached is Goal.RELEASED
    assert VDA.path in images(bench)
    assert "brought back" in status.left_behind[0].why
    assert bench.told_left == [], "nobody is told to remove what may be the newer image"


@pytest.mark.parametrize("what", ["another file", "written", "named"])
async def test_an_image_that_is_not_certainly_the_guests_old_one_stays_and_is_told(what: str) -> None:
    bench = Bench()
    await left(bench)
    if what == "another file":
        bench.libvirt.put(VDA.path, FakeFile("of somebody", changed=LONG_AGO))
    elif what == "written":
        bench.libvirt.local_files[VDA.path].changed = LATE
    else:
        bench.libvirt.add(FakeDomain("other", "other", disks=(disk("/local", "vda"),)))
    await bench.look()
    status = bench.status()
    assert status.reached is Goal.RELEASED
    assert VDA.path in images(bench)
    assert [behind.path for behind in status.left_behind] == [VDA.path]


@DEATHS
async def test_an_agent_that_dies_anywhere_is_followed_by_one_that_finishes_it(death: Death) -> None:
    for step in range(1, MOST_STEPS):
        bench = Bench()
        await left(bench)
        death(bench, step)
        died = await dies(bench)
        status = await until(bench, Goal.RELEASED)
        assert images(bench) == [VDB.path], step
        assert (status.left_behind, status.removing) == ((), ()), step
        assert UUID not in bench.libvirt.domains
        if not died:
            return
    raise AssertionError("it never comes to an end")


@DEATHS
async def test_a_guest_that_is_defined_anew_while_no_agent_lives_keeps_its_images(death: Death) -> None:
    for step in range(1, MOST_STEPS):
        bench = Bench()
        guest = await left(bench)
        death(bench, step)
        if not await dies(bench):
            return
        if UUID in bench.libvirt.domains or VDA.path not in images(bench):
            continue
        bench.libvirt.add(guest).become(DomainState.RUNNING, StateReason.BOOTED)
        for _ in range(3):
            await dies(bench)
        assert VDA.path in images(bench), step
        assert UUID in bench.libvirt.domains, step
    raise AssertionError("it never comes to an end")
