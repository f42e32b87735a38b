import pytest

from godwit.domain.image import Copy, FileKind
from godwit.hypervisor.ports import LeftAloneError

from .images_asked import kind, places, qcow2, raw, seen
from .worlds import NAME, World


def both(world: World) -> list[Copy]:
    return [make(directory) for directory in places(world) for make in (raw, qcow2)]


async def test_an_image_is_removed_by_its_identity_written_or_not(world: World) -> None:
    for image in both(world):
        for written in (False, True):
            identity = await world.source.images.create(image)
            if written:
                await world.hands.write(image.path)
            await world.source.images.remove(image.path, identity)
            assert await kind(world, image.path) is FileKind.ABSENT
            await world.source.images.remove(image.path, identity)


async def test_without_an_identity_only_an_image_that_is_still_empty_is_removed(world: World) -> None:
    for image in both(world):
        await world.source.images.create(image)
        await world.source.images.remove(image.path, "")
        assert await kind(world, image.path) is FileKind.ABSENT
        await world.source.images.create(image)
        await world.hands.write(image.path)
        with pytest.raises(LeftAloneError, match="not empty"):
            await world.source.images.remove(image.path, "")
        assert await kind(world, image.path) is FileKind.REGULAR


@pytest.mark.parametrize("compat, cluster_bytes", [("0.10", 65536), ("1.1", 4096), ("1.1", 2097152)])
async def test_an_empty_qcow2_of_any_shape_is_known_for_one(
    world: World, compat: str, cluster_bytes: int
) -> None:
    image = qcow2(world.local, compat=compat, cluster_bytes=cluster_bytes)
    await world.source.images.create(image)
    await world.source.images.remove(image.path, "")
    assert await kind(world, image.path) is FileKind.ABSENT


async def test_a_file_in_its_place_is_left_alone(world: World) -> None:
    for image in both(world):
        identity = await world.source.images.create(image)
        await world.hands.replace(image.path)
        before = await seen(world, image.path)
        with pytest.raises(LeftAloneError, match="another file"):
            await world.source.images.remove(image.path, identity)
        assert await seen(world, image.path) == before


async def test_an_image_that_a_domain_names_is_left_alone(world: World) -> None:
    image = raw(world.local)
    identity = await world.source.images.create(image)
    await world.hands.define(image.path)
    for known in (identity, ""):
        with pytest.raises(LeftAloneError, match=NAME):
            await world.source.images.remove(image.path, known)
    assert await kind(world, image.path) is FileKind.REGULAR


async def test_a_symlink_in_its_place_and_what_it_leads_to_are_left_alone(world: World) -> None:
    image = raw(world.local)
    identity = await world.source.images.create(image)
    elsewhere = f"{world.local}/{NAME}-elsewhere"
    await world.hands.hard_link(elsewhere, image.path)
    await world.hands.take_away(image.path)
    await world.hands.symlink(image.path, elsewhere)
    for known in (identity, ""):
        with pytest.raises(LeftAloneError):
            await world.source.images.remove(image.path, known)
    assert await kind(world, image.path) is FileKind.SYMLINK
    assert await kind(world, elsewhere) is FileKind.REGULAR


async def test_where_nothing_is_nothing_is_done(world: World) -> None:
    await world.source.images.remove(f"{world.local}/{NAME}-nothing", "")
    await world.source.images.remove(f"{world.local}/{NAME}-nowhere/{NAME}", "some")
