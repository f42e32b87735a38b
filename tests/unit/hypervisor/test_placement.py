from mmap import PAGESIZE

import pytest

from godwit.domain.placement import CellBinding, HugepageDemand, Part, Pin, Placement
from godwit.hypervisor.placement import placement
from godwit.hypervisor.xml import parse

MIB = 1 << 20
ORDINARY = f"<page size='{PAGESIZE // 1024}' unit='KiB' {{}}/>"
"""Of the size that is no large one."""
PLACED = """<domain type='kvm'>
  <memory unit='KiB'>4194304</memory><vcpu placement='static' cpuset='0-3,^2'>2</vcpu>
  <memoryBacking><locked/></memoryBacking>
  <memtune><hard_limit unit='KiB'>5242880</hard_limit></memtune>
  <cputune>
    <vcpupin vcpu='0' cpuset='0'/><vcpupin vcpu='1' cpuset='4-5'/>
    <emulatorpin cpuset='6'/><iothreadpin iothread='1' cpuset='7'/>
  </cputune>
  <numatune>
    <memory mode='strict' nodeset='0-1'/><memnode cellid='0' mode='preferred' nodeset='1'/>
  </numatune>
  <devices>
    <video><model type='qxl' ram='65536' vram='65536' vgamem='16384'/></video>
    <video><model type='virtio' vram='16384'/></video>
  </devices>
  <seclabel type='static' model='dac' relabel='yes'><label>+1:+1</label></seclabel>
  <seclabel type='dynamic' model='selinux' relabel='yes'><label>x</label></seclabel>
</domain>"""


def test_all_that_a_definition_asks_for_is_told() -> None:
    assert placement(parse(PLACED)) == Placement(
        virt_type="kvm",
        video_bytes=144 * MIB,
        locked=True,
        hard_limit_bytes=5120 * MIB,
        pins=(
            Pin(Part.VCPU, "0-1,3"),
            Pin(Part.VCPU, "0", 0),
            Pin(Part.VCPU, "4-5", 1),
            Pin(Part.EMULATOR, "6"),
            Pin(Part.IO_THREAD, "7", 1),
        ),
        cells=(
            CellBinding("its memory", "0-1"),
            CellBinding("the memory of its cell 0", "1", "preferred"),
        ),
        fixed_labels=("dac",),
    )


def test_a_plain_definition_asks_for_nothing() -> None:
    plain = (
        "<domain type='qemu'><memory unit='KiB'>1024</memory><vcpu>1</vcpu>"
        "<numatune><memory mode='strict' placement='auto'/></numatune>"
        "<memtune><hard_limit unit='KiB'>9007199254740991</hard_limit></memtune></domain>"
    )
    assert placement(parse(plain)) == Placement(virt_type="qemu")


@pytest.mark.parametrize(
    ("pages", "demands"),
    [
        ("", (HugepageDemand(4096 * MIB),)),
        ("<page size='2048' unit='KiB'/>", (HugepageDemand(4096 * MIB, 2 * MIB),)),
        (
            "<page size='1' unit='GiB' nodeset='0'/><page size='2' unit='MiB' nodeset='1'/>",
            (HugepageDemand(1024 * MIB, 1024 * MIB), HugepageDemand(2048 * MIB, 2 * MIB)),
        ),
        (
            "<page size='2048' unit='KiB'/><page size='1048576' unit='KiB' nodeset='0'/>",
            (HugepageDemand(1024 * MIB, 1024 * MIB), HugepageDemand(3072 * MIB, 2 * MIB)),
        ),
        (ORDINARY.format(""), ()),
        (
            "<page size='2' unit='MiB'/>" + ORDINARY.format("nodeset='0-1'"),
            (HugepageDemand(1024 * MIB, 2 * MIB),),
        ),
        (
            "<page size='2' unit='MiB' nodeset='1'/>" + ORDINARY.format(""),
            (HugepageDemand(2048 * MIB, 2 * MIB),),
        ),
    ],
    ids=[
        "the host's default size",
        "one size",
        "by cells",
        "the rest",
        "ordinary ones",
        "ordinary ones of some cells",
        "the rest is ordinary",
    ],
)
def test_large_pages_are_told_by_their_size(pages: str, demands: tuple[HugepageDemand, ...]) -> None:
    cells = "".join(
        f"<cell id='{number}' memory='{gib * 1048576}' unit='KiB'/>" for number, gib in enumerate((1, 2, 1))
    )
    found = placement(
        parse(
            f"<domain><memory unit='KiB'>4194304</memory><cpu><numa>{cells}</numa></cpu>"
            f"<memoryBacking><hugepages>{pages}</hugepages></memoryBacking></domain>"
        )
    )
    assert found is not None
    assert found.hugepages == demands


def test_more_than_can_be_told_is_not_told_in_part() -> None:
    pins = "".join(f"<vcpupin vcpu='{number}' cpuset='0'/>" for number in range(8193))
    assert placement(parse(f"<domain><cputune>{pins}</cputune></domain>")) is None
    cells = "".join(f"<memnode cellid='{number}' nodeset='0'/>" for number in range(1025))
    assert placement(parse(f"<domain><numatune>{cells}</numatune></domain>")) is None
