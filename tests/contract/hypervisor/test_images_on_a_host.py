"""What only a real host can show of images: its pools, its mounts, its inodes and its domains."""

import asyncio
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

import libvirt
import pytest
from msgspec.structs import replace

from godwit.domain.image import FileKind
from godwit.domain.task import Probe
from godwit.hypervisor.ports import HypervisorError, LeftAloneError
from labkit import box
from labkit.shell import run

from .images_asked import kind, qcow2, raw, seen
from .lab_world import LabHost, LabWorld, domain_xml
from .test_pools import definition, pools
from .worlds import NAME, UUID

HOUR_SECONDS = 3600
pytestmark = pytest.mark.contract


async def test_no_work_with_images_leaves_a_pool_behind(lab: LabWorld) -> None:
    before = await pools(lab)
    images = lab.source.images
    image = raw(lab.local)
    identity = await images.create(image)
    for refused in (
        images.create(image),
        images.create(replace(image, path=f"{lab.local}/{NAME}-nowhere/x")),
        images.create(replace(image, path=f"{lab.local}/{NAME}-large", virtual_size_bytes=1 << 62)),
        images.remove(image.path, "other"),
    ):
        with pytest.raises(HypervisorError):
            await refused
    await images.look((image.path, f"{lab.local}/{NAME}-nowhere/x", "/dev/disk/by-id/none"), (image.path,))
    await images.directories((lab.local, f"{lab.local}/{NAME}-nowhere"))
    await images.make_directory(f"{lab.local}/{NAME}-made")
    await images.remove(image.path, identity)
    assert await pools(lab) == before


async def test_the_admins_pool_is_used_and_left_as_it_was(lab: LabWorld) -> None:
    name = "hvtest-pool"
    await lab.by_hand(0, lambda host: host.storagePoolDefineXML(definition(name, lab.local)).create())
    try:
        before = await pools(lab)
        identity = await lab.source.images.create(qcow2(lab.local))
        await lab.source.images.remove(qcow2(lab.local).path, identity)
        assert await pools(lab) == before
    finally:
        await lab.by_hand(0, lambda host: _removed(host, name))


async def test_what_was_left_behind_is_listed_and_stays(lab: LabWorld) -> None:
    pool, probe, young = "godwit-hvtest", f"{lab.local}/.godwit-{NAME}", f"{lab.local}/.godwit-{NAME}-young"
    before = {each.path for each in await lab.source.images.leftovers()}
    assert pool not in before
    await lab.by_hand(0, lambda host: host.storagePoolCreateXML(definition(pool, f"{lab.local}")))
    try:
        for path in (probe, young):
            lab.hands.place(path).write_text("token")
        old = lab.hands.place(probe).stat().st_mtime - 2 * HOUR_SECONDS
        os.utime(lab.hands.place(probe), (old, old))
        for _ in range(2):
            left = {each.path: (each.kind, each.remedy) for each in await lab.source.images.leftovers()}
            assert left[pool] == ("Pool", f"virsh pool-destroy {pool}")
            assert left[probe] == ("ProbeFile", f"rm {probe}")
            assert young not in left
    finally:
        await lab.by_hand(0, lambda host: host.storagePoolLookupByName(pool).destroy())
        for path in (probe, young):
            lab.hands.place(path).unlink()


async def test_a_symlink_on_the_way_is_not_gone_through(lab: LabWorld) -> None:
    real, link = f"{lab.local}/{NAME}-real", f"{lab.local}/{NAME}-link"
    await lab.hands.make_directory(real)
    await lab.hands.symlink(link, real)
    for image in (raw(link), qcow2(link)):
        with pytest.raises(HypervisorError, match="symlink"):
            await lab.source.images.create(image)
    with pytest.raises(HypervisorError, match="symlink"):
        await lab.source.images.make_directory(f"{link}/inner")
    (facts,) = await lab.source.images.directories((link,))
    assert (facts.exists, facts.allowed) == (False, False)
    assert link in facts.message
    assert list(lab.hands.place(real).iterdir()) == []
    identity = await lab.source.images.create(raw(real))
    with pytest.raises(LeftAloneError):
        await lab.source.images.remove(raw(link).path, identity)
    assert await kind(lab, raw(link).path) is FileKind.SYMLINK
    assert await kind(lab, raw(real).path) is FileKind.REGULAR


async def test_a_token_says_nothing_of_an_image_that_is_a_symlink(lab: LabWorld) -> None:
    image = await lab.put_image(lab.local)
    link = f"{lab.shared}/{NAME}-link"
    await lab.hands.symlink(link, image)
    asked = Probe(directory=lab.shared, path=f"{lab.shared}/.godwit-{NAME}", images=(link,))
    assert (await lab.source.probes.write(asked, "token")).images == ()
    await lab.source.probes.remove(asked.path)


@contextmanager
def bound(lab: LabWorld, directory: str, onto: str) -> Iterator[None]:
    """In the host's own mount namespace."""
    pid = lab.hands.place("/").parent.name
    inside = ("nsenter", "--target", pid, "--mount")
    run(*inside, "mount", "--bind", directory, onto)
    try:
        yield
    finally:
        run(*inside, "umount", onto)


async def test_a_file_behind_a_bind_mount_is_the_same_file(lab: LabWorld) -> None:
    one, other = f"{lab.local}/{NAME}-one", f"{lab.local}/{NAME}-other"
    for path in (one, other):
        await lab.hands.make_directory(path)
    identity = await lab.source.images.create(raw(one))
    assert await kind(lab, raw(other).path) is FileKind.ABSENT
    with bound(lab, one, other):
        found = await seen(lab, raw(other).path)
        assert found.identity == identity
        assert found.fingerprint == (await seen(lab, raw(one).path)).fingerprint
        with pytest.raises(LeftAloneError):
            await lab.source.images.create(raw(other))
        await lab.hands.define(raw(other).path)
        with pytest.raises(LeftAloneError, match=NAME):
            await lab.source.images.remove(raw(one).path, identity)


async def test_an_identity_outlives_the_agent_and_not_the_file(lab: LabWorld) -> None:
    for directory in (lab.local, lab.shared):
        image = raw(directory)
        identity = await lab.source.images.create(image)
        inode = lab.hands.place(image.path).stat().st_ino
        host = LabHost("host1")
        another = host.ports(host.socket)
        await another.start()
        (found,) = await another.images.look((image.path,))
        await another.close()
        assert found.identity == identity
        # ext4 gives the number to the next file at once.
        for _ in range(50):
            await lab.hands.replace(image.path)
            if lab.hands.place(image.path).stat().st_ino == inode:
                break
        assert (await seen(lab, image.path)).identity != identity


async def test_a_layer_below_the_disk_of_a_guest_that_is_off_is_left_alone(lab: LabWorld) -> None:
    base = qcow2(lab.local, "base")
    identity = await lab.source.images.create(base)
    top = f"{lab.local}/{NAME}-top.qcow2"
    await lab.by_hand(0, lambda host: _layered(host, lab.local, f"{NAME}-top.qcow2", base.path))
    assert (await seen(lab, top)).backing == base.path
    xml = domain_xml(UUID, top).replace("type='raw'", "type='qcow2'")
    await lab.by_hand(0, lambda host: host.defineXML(xml))
    assert (await seen(lab, base.path)).used_by == (NAME,)
    for known in (identity, ""):
        with pytest.raises(LeftAloneError, match=NAME):
            await lab.source.images.remove(base.path, known)
    await lab.by_hand(0, lambda host: host.lookupByName(NAME).create())
    (disk,) = (await lab.source.guests.inspect(UUID)).disks
    assert disk.backing == (base.path,)
    with pytest.raises(LeftAloneError, match=NAME):
        await lab.source.images.remove(base.path, identity)


async def test_a_directory_that_was_made_lets_qemu_through(lab: LabWorld) -> None:
    outer = f"{lab.local}/{NAME}-outer"
    await lab.source.images.make_directory(outer)
    made, above = lab.hands.place(outer).stat(), lab.hands.place(lab.local).stat()
    assert (made.st_uid, made.st_gid) == (above.st_uid, above.st_gid)
    assert stat.S_IMODE(made.st_mode) & 0o111 == 0o111
    image = replace(raw(outer), virtual_size_bytes=1 << 20)
    await lab.source.images.create(image)
    await lab.by_hand(0, lambda host: host.createXML(domain_xml(UUID, image.path), 0))


async def test_too_little_space_is_told_as_such(lab: LabWorld) -> None:
    small = f"{lab.local}/{NAME}-small"
    await lab.hands.make_directory(small)
    pid = lab.hands.place("/").parent.name
    inside = ("nsenter", "--target", pid, "--mount")
    run(*inside, "mount", "-t", "tmpfs", "-o", "size=64k,mode=755", "none", small)
    try:
        (facts,) = await lab.source.images.directories((small,))
        assert (facts.free_bytes, facts.file_system) == (65536, "tmpfs")
        with pytest.raises(HypervisorError):
            await lab.source.images.create(qcow2(small))
        assert await kind(lab, qcow2(small).path) is FileKind.ABSENT
    finally:
        run(*inside, "umount", small)


async def test_creating_looking_and_removing_are_quick(lab: LabWorld) -> None:
    clock = asyncio.get_running_loop().time
    images = [make(lab.local, str(number)) for make in (raw, qcow2) for number in range(2)][:3]
    started = clock()
    made = {image.path: await lab.source.images.create(image) for image in images}
    await lab.source.images.look(tuple(made))
    for path, identity in made.items():
        await lab.source.images.remove(path, identity)
    assert clock() - started < 5


def _layered(host: libvirt.virConnect, directory: str, name: str, base: str) -> None:
    pool = host.storagePoolCreateXML(definition("hvtest-layers", directory))
    try:
        pool.createXML(
            f"<volume><name>{name}</name><capacity unit='MiB'>65</capacity><target><format type='qcow2'/>"
            f"</target><backingStore><path>{base}</path><format type='qcow2'/></backingStore></volume>"
        )
    finally:
        pool.destroy()


def _removed(host: libvirt.virConnect, name: str) -> None:
    pool = host.storagePoolLookupByName(name)
    pool.destroy()
    pool.undefine()


@pytest.mark.parametrize(
    ("name", "make", "head"),
    [
        ("luks", "-f luks -o key-secret=s,iter-time=10", 2_068_480),
        pytest.param(
            *("qcow2", "-f qcow2 -o encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10", 0),
            marks=pytest.mark.walk,
        ),
        ("plain", "-f raw", None),
    ],
    ids=["luks", "qcow2", "plain"],
)
async def test_the_head_of_a_luks_image_is_told_beside_the_size_that_a_guest_sees(
    lab: LabWorld, name: str, make: str, head: int | None
) -> None:
    path = f"{lab.local}/{NAME}-{name}"
    words = ("qemu-img", "create", "-q", "--object", "secret,id=s,data=x", *make.split(), path, "4M")
    await asyncio.to_thread(box.inside, lab.lab, "host1", *words)
    found = await seen(lab, path)
    assert (found.virtual_size_bytes, found.luks_header_bytes) == (4 << 20, head)
