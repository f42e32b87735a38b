from pathlib import Path

import pytest

from godwit.hypervisor.mounts import Mounts, kind_below

TABLE = r"""
1 0 0:58 / / rw,relatime shared:100 - overlay overlay rw
2 1 254:0 /a /var/lib/godwit rw,relatime shared:131 - ext4 /dev/vda rw
3 2 0:85 / /var/lib/godwit/shared rw,relatime shared:167 - fuse.glusterfs 10.64.3.2:shared rw
4 1 0:86 / /with\040blank rw - nfs4 server:/x rw
5 1 0:87 / /twice rw - ext4 /dev/vdb rw
6 5 0:88 / /twice rw master:1 propagate_from:2 - xfs /dev/vdc rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/godwit/shared/vm.qcow2", "fuse.glusterfs"),
        ("/var/lib/godwit/shared", "fuse.glusterfs"),
        ("/var/lib/godwit/shared2/vm.qcow2", "ext4"),
        ("/var/lib/godwit/shared/../vm.qcow2", "ext4"),
        ("/etc", "overlay"),
        ("/with blank/vm", "nfs4"),
        ("/twice/vm", "xfs"),
        ("pool/volume", ""),
        ("", ""),
    ],
)
def test_the_longest_and_topmost_mount_point_holds_a_path(path: str, kind: str) -> None:
    assert kind_below(TABLE, path) == kind


def test_directories_of_one_device_are_one_file_system(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(TABLE, encoding="utf-8")
    mounts = Mounts(table)
    assert mounts.device("/var/lib/godwit/images") == mounts.device("/var/lib/godwit") == "254:0"
    assert mounts.device("/var/lib/godwit/shared/x") == "0:85"
    assert mounts.device("relative") == ""


def test_a_table_that_can_not_be_read_says_nothing(tmp_path: Path) -> None:
    assert Mounts(tmp_path / "none").file_system("/etc") == ""


def test_the_machines_own_table_can_be_read() -> None:
    assert Mounts(Path("/proc/self/mountinfo")).file_system("/proc/self") == "proc"


def test_a_path_at_which_something_is_mounted_is_known_for_that(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(TABLE, encoding="utf-8")
    mounts = Mounts(table)
    assert mounts.is_mount_point("/with blank/")
    assert not mounts.is_mount_point("/with blank/vm")
    assert not Mounts(tmp_path / "none").is_mount_point("/")
