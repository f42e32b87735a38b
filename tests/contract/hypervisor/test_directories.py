import pytest

from godwit.domain.image import FileKind
from godwit.hypervisor.ports import HypervisorError, LeftAloneError

from .images_asked import kind, raw
from .worlds import NAME, World


async def test_a_directory_is_told_with_its_space_and_with_what_is_missing(world: World) -> None:
    outer = f"{world.local}/{NAME}-outer"
    paths = (world.shared, world.local, f"{outer}/inner", f"/{NAME}-elsewhere")
    shared, local, nested, elsewhere = await world.source.images.directories(paths)
    assert (shared.path, shared.exists, shared.missing, shared.allowed) == (world.shared, True, (), True)
    assert shared.file_system == "fuse.glusterfs"
    assert local.exists
    assert nested.device == local.device
    assert nested.missing == (outer, f"{outer}/inner")
    assert nested.allowed
    assert not nested.exists
    for facts in (shared, local, nested):
        assert facts.free_bytes
    assert (elsewhere.exists, elsewhere.allowed) == (False, False)


async def test_directories_are_made_level_by_level_and_removed_the_same_way(world: World) -> None:
    outer = f"{world.local}/{NAME}-outer"
    inner = f"{outer}/inner"
    with pytest.raises(HypervisorError):
        await world.source.images.make_directory(inner)
    made = {path: await world.source.images.make_directory(path) for path in (outer, inner)}
    assert made[outer] != made[inner]
    assert all(made.values())
    (facts,) = await world.source.images.directories((inner,))
    assert (facts.exists, facts.missing) == (True, ())
    image = raw(inner)
    await world.source.images.create(image)
    with pytest.raises(LeftAloneError, match="not empty"):
        await world.source.images.remove(inner, made[inner])
    with pytest.raises(LeftAloneError, match="not empty"):
        await world.source.images.remove(inner, "")
    await world.source.images.remove(image.path, "")
    with pytest.raises(LeftAloneError):
        await world.source.images.remove(inner, made[outer])
    await world.source.images.remove(inner, made[inner])
    await world.source.images.remove(outer, "")
    assert await kind(world, outer) is FileKind.ABSENT


async def test_a_directory_that_is_there_is_nobody_elses_making(world: World) -> None:
    path = f"{world.local}/{NAME}-theirs"
    await world.hands.make_directory(path)
    with pytest.raises(LeftAloneError):
        await world.source.images.make_directory(path)
    for outside in (world.local, f"/{NAME}-elsewhere"):
        with pytest.raises(HypervisorError):
            await world.source.images.make_directory(outside)
