import msgspec
import pytest

from godwit.domain.guest import Marks
from godwit.domain.image import Copy
from godwit.hypervisor.migrateparams import flags_of, parameters_of
from godwit.hypervisor.ports import HypervisorError, MigrationRequest

AUTO_CONVERGE = 1 << 13
COPY_ALL, COPY_TOP, SYNCHRONOUS = 1 << 6, 1 << 7, 1 << 18
LIBVIRT = 11_003_000


def image(target: str, format: str) -> Copy:
    return Copy(target=target, path=f"/local/{target}", format=format, virtual_size_bytes=1 << 20)


REQUEST = MigrationRequest(
    uuid="u",
    destination_uri="qemu+tls://10.0.1.12/system",
    migrate_uri="tcp://10.0.1.12",
    live_marks=Marks(),
    devices_digest="x",
)
RAW, QCOW2 = image("vdb", "raw"), image("vdc", "qcow2")
COPIES = msgspec.structs.replace(REQUEST, copies=(RAW, QCOW2))


def test_the_list_is_explicit_and_goes_with_the_flag() -> None:
    assert flags_of(COPIES) & COPY_ALL
    assert parameters_of(COPIES, LIBVIRT)["migrate_disks"] == ["vdb", "vdc"]
    assert not flags_of(COPIES) & COPY_TOP


def test_without_copies_there_is_neither_flag_nor_list() -> None:
    asked = msgspec.structs.replace(REQUEST, synchronous_writes=True)
    assert not flags_of(asked) & (COPY_ALL | COPY_TOP | SYNCHRONOUS)
    assert parameters_of(asked, LIBVIRT) == {"migrate_uri": "tcp://10.0.1.12"}


@pytest.mark.parametrize("wanted", [True, False])
def test_libvirt_may_slow_the_guest_down_only_when_it_is_said(wanted: bool) -> None:
    asked = msgspec.structs.replace(REQUEST, auto_converge=wanted)
    assert bool(flags_of(asked) & AUTO_CONVERGE) is wanted


@pytest.mark.parametrize("wanted", [True, False])
def test_writes_wait_for_the_copy_only_when_it_is_said(wanted: bool) -> None:
    asked = msgspec.structs.replace(COPIES, synchronous_writes=wanted)
    assert bool(flags_of(asked) & SYNCHRONOUS) is wanted


@pytest.mark.parametrize(
    ("version", "expected"), [(10_008_999, None), (10_009_000, ["vdb", "vdc"]), (LIBVIRT, ["vdb", "vdc"])]
)
def test_zeroes_of_all_copies_are_detected_where_libvirt_can_so_that_none_takes_bandwidth(
    version: int, expected: list[str] | None
) -> None:
    assert parameters_of(COPIES, version).get("migrate_disks_detect_zeroes") == expected


@pytest.mark.parametrize(("asked", "given"), [(None, None), (0, 1), (1, 1), (200, 200)])
def test_a_limit_is_never_0_which_would_be_none(asked: int | None, given: int | None) -> None:
    request = msgspec.structs.replace(COPIES, bandwidth_mebibytes_per_second=asked)
    assert parameters_of(request, LIBVIRT).get("bandwidth") == given


@pytest.mark.parametrize(
    ("memory", "disks"),
    [
        ("tcp://10.0.1.12", "tcp://10.0.1.12"),
        ("tcp://10.0.1.12:49160", "tcp://10.0.1.12"),
        ("tcp://[fd00::12]", "tcp://[fd00::12]"),
        ("tcp://host2.example", "tcp://host2.example"),
    ],
)
def test_disks_go_the_way_of_the_memory_by_a_port_of_their_own(memory: str, disks: str) -> None:
    asked = msgspec.structs.replace(COPIES, migrate_uri=memory)
    assert parameters_of(asked, LIBVIRT)["disks_uri"] == disks


@pytest.mark.parametrize("uri", ["rdma://10.0.1.12", "unix:///run/x", "10.0.1.12"])
def test_a_way_that_disks_cannot_go_is_refused_with_its_name(uri: str) -> None:
    asked = msgspec.structs.replace(COPIES, migrate_uri=uri)
    with pytest.raises(HypervisorError, match=uri):
        parameters_of(asked, LIBVIRT)
