"""The images that the tests of images ask for."""

from godwit.domain.image import Copy, FileKind, ImageFacts

from .worlds import NAME, World

RAW_BYTES = 3 * 1024 * 1024 + 512
QCOW2_BYTES = 64 * 1024 * 1024 + 1024


def raw(directory: str, name: str = "new") -> Copy:
    return Copy(
        target="vda",
        path=f"{directory}/{NAME}-{name}.img",
        format="raw",
        virtual_size_bytes=RAW_BYTES,
        owner=1234,
        group=4321,
        mode="0640",
    )


def qcow2(directory: str, name: str = "new", *, compat: str = "1.1", cluster_bytes: int = 131072) -> Copy:
    return Copy(
        target="vda",
        path=f"{directory}/{NAME}-{name}.qcow2",
        format="qcow2",
        virtual_size_bytes=QCOW2_BYTES,
        cluster_size_bytes=cluster_bytes,
        compat=compat,
        owner=0,
        group=0,
        mode="0600",
    )


async def seen(world: World, path: str, *, digest: bool = False) -> ImageFacts:
    """By the source."""
    (found,) = await world.source.images.look((path,), (path,) if digest else ())
    return found


async def kind(world: World, path: str) -> FileKind:
    return (await seen(world, path)).kind


def places(world: World) -> tuple[str, str]:
    return world.shared, world.local
