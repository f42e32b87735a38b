"""The groups of a guest: as its user sets them, beside Godwit's marks, and whatever else stands there."""

from functools import partial

import pytest

from godwit.domain.guest import Marks
from godwit.hypervisor.affinity import NAME, URI

from .lab_world import LabWorld, set_metadata
from .worlds import ATTEMPT, MARKS, UUID, World, request

ENDLESS = "x" * (3 * 1024 * 1024)
"""libvirt takes an element of up to 4 MiB, and can give no definition that is longer."""


async def told(world: World) -> tuple[str, ...]:
    """By the host, of its guest."""
    [groups] = [each.anti_affinity for each in (await world.source.host.facts()).domains if each.uuid == UUID]
    return groups


async def test_a_guest_of_no_group_is_told_so(world: World) -> None:
    await world.start_guest()
    assert await told(world) == ()
    assert (await world.source.guests.inspect(UUID)).anti_affinity == ()


async def test_the_groups_of_a_running_guest_are_told_by_its_host_and_its_inspection(world: World) -> None:
    await world.start_guest()
    await world.keep_apart("web", "db")
    assert await told(world) == ("web", "db")
    assert (await world.source.guests.inspect(UUID)).anti_affinity == ("web", "db")


async def test_a_guest_that_is_off_is_in_nobody_s_way(world: World) -> None:
    await world.start_guest()
    await world.keep_apart("web")
    await world.shut_off()
    assert await told(world) == ()


async def test_groups_and_marks_do_not_take_each_other_s_place(world: World) -> None:
    await world.start_guest()
    await world.keep_apart("web")
    await world.source.guests.mark(UUID, MARKS)
    await world.keep_apart("db")
    assert (await world.source.guests.look(UUID)).marks == MARKS
    assert await told(world) == ("db",)


async def test_a_guest_takes_its_groups_along_into_both_definitions(world: World) -> None:
    await world.start_guest()
    await world.keep_apart("web")
    await world.source.jobs.migrate(await request(world))
    [arrived] = [each for each in (await world.destination.host.facts()).domains if each.uuid == UUID]
    assert arrived.anti_affinity == ("web",)
    await world.destination.removal.destroy(UUID, marks=Marks(attempt=ATTEMPT))
    assert (await world.destination.guests.inspect(UUID)).anti_affinity == ("web",)


@pytest.mark.contract
@pytest.mark.parametrize(
    ("element", "groups"),
    [
        (f"<{NAME}/>", ()),
        (f"<{NAME}><group>web</group></{NAME}>", ()),
        (f"<{NAME}>Web {'x' * 64} a_b &lt;web&gt; db</{NAME}>", ("db",)),
        ("<groups>web</groups>", ()),
        (f"<{NAME}>{ENDLESS} web</{NAME}>", ("web",)),
    ],
    ids=["empty", "nested", "no labels", "another name", "3 MiB"],
)
async def test_what_is_no_group_is_passed_over(lab: LabWorld, element: str, groups: tuple[str, ...]) -> None:
    await lab.start_guest()
    await lab.by_hand(0, lambda host: set_metadata(host, URI, element))
    assert await told(lab) == groups


@pytest.mark.contract
async def test_a_definition_too_long_to_be_had_holds_no_fact_up(lab: LabWorld) -> None:
    await lab.start_guest()
    await lab.keep_apart("web")
    for namespace in ("urn:example:one", "urn:example:other"):
        await lab.by_hand(0, partial(set_metadata, namespace=namespace, element=f"<a>{ENDLESS}</a>"))
    assert await told(lab) == ()
