"""Who names a file: by libvirt's own test driver, which keeps domains and pools in this process."""

from collections.abc import Iterator
from pathlib import Path

import libvirt
import pytest

from godwit.hypervisor.eyes import Eyes
from godwit.hypervisor.imageusers import users
from godwit.hypervisor.mounts import Mounts

BY_VOLUME = """<domain type='test'><name>{name}</name><memory>1024</memory><os><type>hvm</type></os><devices>
  <disk type='volume' device='disk'><source pool='{pool}' volume='a.img'/><target dev='vda'/></disk>
</devices></domain>"""
POOL = "<pool type='dir'><name>guests</name><target><path>/guests</path></target></pool>"
NOWHERE = Eyes((), Mounts(Path("/nowhere")))


@pytest.fixture
def connection() -> Iterator[libvirt.virConnect]:
    with libvirt.open("test:///default") as opened:
        yield opened


def named(connection: libvirt.virConnect, path: str) -> tuple[str, ...]:
    return users(connection, (path,), NOWHERE, everywhere=False)[path]


def test_a_disk_that_is_named_by_its_pool_names_the_file(connection: libvirt.virConnect) -> None:
    pool = connection.storagePoolDefineXML(POOL)
    assert named(connection, "/guests/a.img") == ()
    connection.defineXML(BY_VOLUME.format(name="off", pool="guests"))
    assert named(connection, "/guests/a.img") == ("off",)
    assert named(connection, "/guests/b.img") == ()
    pool.create()
    connection.createXML(BY_VOLUME.format(name="on", pool="guests"))
    assert named(connection, "/guests/a.img") == ("off", "on")


def test_a_pool_that_is_gone_hinders_nobody(connection: libvirt.virConnect) -> None:
    connection.defineXML(BY_VOLUME.format(name="lost", pool="gone"))
    assert named(connection, "/gone/a.img") == ()
