"""Whether what lies at a path is the very file that was made: nothing else is ever told as ours."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from godwit.domain.hosts import kept
from godwit.domain.hosts.images import Looks
from godwit.domain.image import FileKind, ImageFacts, Kept, Whose
from godwit.domain.plan import Plan, Switchover
from godwit.domain.task import Goal, MigrationRef, Peer, Role, Task, TaskSpec, TaskStatus, VMIdentity
from godwit.hypervisor.ports import LeftAloneError

from .images_asked import kind, places, qcow2, raw, seen
from .worlds import NAME, UUID, World


async def whose(world: World, path: str, identity: str) -> Whose:
    return (await world.source.images.whose({path: identity}))[path]


@asynccontextmanager
async def covered(world: World, directory: str) -> AsyncIterator[None]:
    """Another file system is mounted over it."""
    await world.hands.cover(directory)
    try:
        yield
    finally:
        await world.hands.uncover(directory)


async def test_an_image_is_ours_by_its_identity_written_or_not_until_it_is_gone(world: World) -> None:
    for directory in places(world):
        for make in (raw, qcow2):
            image = make(directory)
            identity = await world.source.images.create(image)
            assert await whose(world, image.path, identity) is Whose.OURS
            await world.hands.write(image.path)
            assert await whose(world, image.path, identity) is Whose.OURS
            assert await whose(world, image.path, "") is Whose.UNKNOWN
            await world.hands.take_away(image.path)
            for known in (identity, ""):
                assert await whose(world, image.path, known) is Whose.GONE


async def test_a_file_in_its_place_is_anothers(world: World) -> None:
    image = raw(world.local)
    identity = await world.source.images.create(image)
    await world.hands.replace(image.path)
    assert await whose(world, image.path, identity) is Whose.ANOTHERS


async def test_a_symlink_in_its_place_is_not_ours(world: World) -> None:
    image, elsewhere = raw(world.local), f"{world.local}/{NAME}-elsewhere"
    identity = await world.source.images.create(image)
    await world.hands.hard_link(elsewhere, image.path)
    await world.hands.take_away(image.path)
    await world.hands.symlink(image.path, elsewhere)
    assert await whose(world, image.path, identity) is Whose.UNKNOWN


async def test_a_directory_is_ours_as_well_and_gone_with_the_one_above(world: World) -> None:
    above = f"{world.local}/{NAME}-above"
    below = f"{above}/below"
    first = await world.source.images.make_directory(above)
    identity = await world.source.images.make_directory(below)
    assert await whose(world, below, identity) is Whose.OURS
    await world.source.images.remove(below, identity)
    assert await whose(world, below, identity) is Whose.GONE
    await world.source.images.remove(above, first)
    assert await whose(world, below, identity) is Whose.GONE


async def test_where_another_file_system_is_mounted_nothing_is_gone_for_certain(world: World) -> None:
    place = f"{world.local}/{NAME}-place"
    await world.hands.make_directory(place)
    deep = f"{place}/deep"
    first = await world.source.images.make_directory(deep)
    image = raw(deep)
    identity = await world.source.images.create(image)
    async with covered(world, place):
        for path, known in ((image.path, identity), (deep, first)):
            assert await whose(world, path, known) is Whose.AWAY
            with pytest.raises(LeftAloneError, match="not mounted"):
                await world.source.images.remove(path, known)
        made = await world.source.images.make_directory(deep)
        await world.source.images.create(image)
        assert await whose(world, image.path, identity) is Whose.AWAY
        with pytest.raises(LeftAloneError):
            await world.source.images.remove(image.path, identity)
        assert await whose(world, deep, made) is Whose.OURS
    assert await whose(world, image.path, identity) is Whose.OURS
    await world.source.images.remove(image.path, identity)
    await world.source.images.remove(deep, first)
    assert await kind(world, image.path) is FileKind.ABSENT


def inspected(image: ImageFacts) -> Task:
    """A destination's, whose guest keeps that disk."""
    spec = TaskSpec(
        node_name="host1",
        role=Role.DESTINATION,
        attempt=1,
        migration_ref=MigrationRef("default", "move", "uid"),
        vm=VMIdentity(NAME, UUID),
        peer=Peer("host2", "source"),
        goal=Goal.PREPARED,
        plan=Plan(Switchover.FAST, "", "", kept=(Kept("vda", image.path),)),
    )
    return Task("t", spec, status=TaskStatus(images=(image,)))


async def test_a_disk_that_stays_is_the_same_while_it_is_written_and_not_when_its_mount_goes(
    world: World,
) -> None:
    for number, make in enumerate((raw, qcow2)):
        place = f"{world.local}/{NAME}-kept-{number}"
        await world.hands.make_directory(place)
        image = make(place)
        await world.source.images.create(image)
        task = inspected(await seen(world, image.path))
        await world.hands.write(image.path)
        assert kept.changed(task, Looks((await seen(world, image.path),))) is None
        async with covered(world, place):
            for _ in range(2):
                failure = kept.changed(task, Looks((await seen(world, image.path),)))
                assert failure
                assert f"disk vda: {image.path} " in failure.message
                if await kind(world, image.path) is FileKind.ABSENT:
                    await world.source.images.create(image)
        assert kept.changed(task, Looks((await seen(world, image.path),))) is None
