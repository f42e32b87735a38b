import pytest
from msgspec.structs import replace

from godwit.domain.image import Copy, FileKind, ImageFacts
from godwit.domain.reasons import Reason
from godwit.hypervisor.ports import HypervisorError, LeftAloneError

from .images_asked import kind, places, qcow2, raw, seen
from .worlds import NAME, UUID, World

MOST_BYTES_OF_AN_EMPTY_IMAGE = 1024 * 1024


def asked(image: Copy, found: ImageFacts) -> bool:
    """What was found is what was asked for."""
    return (
        found.kind is FileKind.REGULAR
        and (found.path, found.format) == (image.path, image.format)
        and found.virtual_size_bytes == image.virtual_size_bytes
        and (found.cluster_size_bytes, found.compat) == (image.cluster_size_bytes, image.compat)
        and (found.owner, found.group, found.mode) == (image.owner, image.group, image.mode)
    )


async def test_an_image_is_created_exactly_as_it_is_asked_for_and_sparse(world: World) -> None:
    for directory in places(world):
        for image in (raw(directory), qcow2(directory)):
            identity = await world.source.images.create(image)
            found = await seen(world, image.path)
            assert asked(image, found), found
            assert (found.identity, found.used_by, found.backing) == (identity, (), "")
            assert identity
            assert found.allocated_bytes is not None
            assert found.allocated_bytes < MOST_BYTES_OF_AN_EMPTY_IMAGE


async def test_version_and_cluster_size_of_a_qcow2_are_the_ones_asked_for(world: World) -> None:
    for image in (
        qcow2(world.local, "old", compat="0.10", cluster_bytes=65536),
        qcow2(world.local, "small", cluster_bytes=4096),
        qcow2(world.local, "large", cluster_bytes=2 * 1024 * 1024),
    ):
        await world.source.images.create(image)
        assert asked(image, await seen(world, image.path))


async def test_a_qcow2_that_libvirt_would_round_up_is_refused_and_nothing_is_there(world: World) -> None:
    image = replace(qcow2(world.local), virtual_size_bytes=1024 * 1024 + 512)
    with pytest.raises(HypervisorError, match="whole KiB"):
        await world.source.images.create(image)
    assert await kind(world, image.path) is FileKind.ABSENT


async def test_nothing_is_created_outside_of_the_image_directories(world: World) -> None:
    for path in (f"/tmp/{NAME}.img", f"{world.local}/../{NAME}.img", world.local):  # noqa: S108
        with pytest.raises(HypervisorError):
            await world.source.images.create(replace(raw(world.local), path=path))


async def test_an_image_in_a_directory_that_is_not_there_is_refused(world: World) -> None:
    with pytest.raises(HypervisorError):
        await world.source.images.create(raw(f"{world.local}/{NAME}-nowhere"))


@pytest.mark.parametrize("other", ["raw", "directory", "symlink", "dangling symlink", "hard link"])
async def test_whatever_lies_there_already_is_left_as_it_is(world: World, other: str) -> None:
    image = await world.put_image(world.local)
    for new in (raw(world.local), qcow2(world.local)):
        if other == "raw":
            await world.source.images.create(replace(raw(world.local), path=new.path))
        elif other == "directory":
            await world.hands.make_directory(new.path)
        elif other == "hard link":
            await world.hands.hard_link(new.path, image)
        else:
            target = image if other == "symlink" else f"{world.local}/{NAME}-nothing"
            await world.hands.symlink(new.path, target)
        before = await seen(world, new.path)
        with pytest.raises(LeftAloneError) as refused:
            await world.source.images.create(new)
        assert refused.value.reason is Reason.IMAGE_EXISTS
        assert new.path in str(refused.value)
        assert await seen(world, new.path) == before
    assert await kind(world, f"{world.local}/{NAME}-nothing") is FileKind.ABSENT


async def test_what_lies_at_a_path_is_told_without_following_a_symlink(world: World) -> None:
    image = await world.put_image(world.local)
    link, directory = f"{world.local}/{NAME}-link", f"{world.local}/{NAME}-directory"
    await world.hands.symlink(link, image)
    await world.hands.make_directory(directory)
    paths = (f"{world.local}/{NAME}-nothing", link, directory, image)
    found = await world.source.images.look(paths)
    assert tuple(each.path for each in found) == paths
    assert [each.kind for each in found] == [
        FileKind.ABSENT,
        FileKind.SYMLINK,
        FileKind.DIRECTORY,
        FileKind.REGULAR,
    ]


async def test_two_names_of_one_file_have_one_identity_and_one_fingerprint(world: World) -> None:
    image = await world.put_image(world.local)
    link = f"{world.local}/{NAME}-link"
    await world.hands.hard_link(link, image)
    one, other = await world.source.images.look((image, link))
    assert one.identity == other.identity != ""
    assert one.fingerprint == other.fingerprint is not None


async def test_a_file_that_is_written_to_keeps_its_identity_and_changes_its_fingerprint(world: World) -> None:
    image = await world.put_image(world.local)
    before = await seen(world, image)
    await world.hands.write(image)
    after = await seen(world, image)
    assert after.identity == before.identity
    assert after.fingerprint != before.fingerprint


async def test_a_shared_image_is_told_alike_by_both_hosts(world: World) -> None:
    image = await world.put_image(world.shared)
    here = await seen(world, image, digest=True)
    (there,) = await world.destination.images.look((image,), (image,))
    assert here.fingerprint == there.fingerprint is not None
    assert here.digest == there.digest != ""
    local = await world.put_image(world.local)
    (nothing,) = await world.destination.images.look((local,), (local,))
    assert (nothing.kind, nothing.digest) == (FileKind.ABSENT, "")


async def test_the_digest_is_of_the_content(world: World) -> None:
    image, same = await world.put_image(world.local), await world.put_image(world.shared)
    before = await seen(world, image, digest=True)
    assert (await seen(world, same, digest=True)).digest == before.digest != ""
    await world.hands.write(image)
    assert (await seen(world, image, digest=True)).digest not in ("", before.digest)
    assert (await seen(world, image)).digest == ""


async def test_whoever_names_an_image_is_told_running_or_not(world: World) -> None:
    await world.hands.define(await world.put_image(world.local))
    assert (await seen(world, f"{world.local}/{NAME}.raw")).used_by == (NAME,)
    assert (await seen(world, f"{world.local}/{NAME}.raw2")).used_by == ()


async def test_a_running_guest_uses_its_image(world: World) -> None:
    image = await world.put_image(world.shared)
    await world.start_guest()
    (disk,) = (await world.source.guests.inspect(UUID)).disks or (None,)
    if disk is not None:  # the fake's guest has none unless it is given one
        assert disk.image is not None
        assert disk.image.used_by == (NAME,)
        assert disk.path == image


async def test_an_image_is_missing_when_it_is_gone_or_another_one(world: World) -> None:
    gone, other, there = (raw(world.local, name) for name in ("gone", "other", "there"))
    identities = {image.path: await world.source.images.create(image) for image in (gone, other, there)}
    assert await world.source.images.missing(identities) == ()
    await world.hands.write(there.path)
    await world.hands.take_away(gone.path)
    await world.hands.replace(other.path)
    assert await world.source.images.missing(identities) == (gone.path, other.path)


async def test_what_can_not_be_looked_at_is_not_missing(world: World) -> None:
    await world.cut()
    with pytest.raises(HypervisorError) as lost:
        await world.source.images.missing({f"{world.local}/{NAME}-nothing": "some"})
    assert lost.value.reason is Reason.LIBVIRT_UNREACHABLE
