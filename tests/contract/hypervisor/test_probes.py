import pytest

from godwit.domain.task import Probe
from godwit.hypervisor.ports import HypervisorError

from .worlds import World

TOKEN = "hvtest-0123456789"  # noqa: S105 - proves nothing but that bytes are shared


def probe(directory: str, *images: str) -> Probe:
    return Probe(directory=directory, path=f"{directory}/.godwit-hvtest-token", images=images)


async def test_a_token_on_shared_storage_is_read_by_the_other_host(world: World) -> None:
    image = await world.put_image(world.shared)
    asked = probe(world.shared, image, f"{world.shared}/hvtest-nothing.raw")
    written = await world.source.probes.write(asked, TOKEN)
    assert (written.token, written.images, written.message) == (TOKEN, (image,), "")
    assert written.file_system == "fuse.glusterfs"
    found = await world.destination.probes.read(asked)
    assert (found.token, found.images, found.message) == (TOKEN, (image,), "")
    await world.source.probes.remove(asked.path)
    assert not (await world.destination.probes.read(asked)).token


async def test_a_token_in_a_local_directory_is_not_seen_and_the_reader_says_so(world: World) -> None:
    asked = probe(world.local, await world.put_image(world.local))
    assert (await world.source.probes.write(asked, TOKEN)).token == TOKEN
    found = await world.destination.probes.read(asked)
    assert (found.token, found.images) == ("", ())
    assert asked.path in found.message
    await world.source.probes.remove(asked.path)


async def test_a_reader_never_gives_back_the_token_it_was_given(world: World) -> None:
    asked = Probe(directory=world.shared, path=f"{world.shared}/.godwit-hvtest-none", token=TOKEN)
    assert (await world.source.probes.read(asked)).token == ""


async def test_a_second_token_replaces_the_first(world: World) -> None:
    asked = probe(world.shared)
    await world.source.probes.write(asked, "the first, and longer")
    await world.source.probes.write(asked, TOKEN)
    assert (await world.destination.probes.read(asked)).token == TOKEN
    await world.source.probes.remove(asked.path)
    await world.source.probes.remove(asked.path)


async def test_a_directory_that_is_not_there_is_an_answer(world: World) -> None:
    asked = probe("/hvtest-nowhere")
    written = await world.source.probes.write(asked, TOKEN)
    assert (written.token, written.images) == ("", ())
    assert "/hvtest-nowhere" in written.message
    assert (await world.source.probes.read(asked)).token == ""
    await world.source.probes.remove(asked.path)


async def test_nothing_but_a_file_of_ours_is_written_or_removed(world: World) -> None:
    image = await world.put_image(world.shared)
    with pytest.raises(HypervisorError):
        await world.source.probes.remove(image)
    with pytest.raises(HypervisorError):
        await world.source.probes.write(Probe(directory=world.shared, path=image), TOKEN)
    assert (await world.source.probes.read(probe(world.shared, image))).images == (image,)
