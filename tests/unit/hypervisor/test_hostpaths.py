import pytest

from godwit.domain.reception import NVRAM_TEMPLATE
from godwit.hypervisor.hostpaths import NamedPath, Wanted, host_paths
from godwit.hypervisor.xml import parse


def named(devices: str, booted: str = "") -> tuple[NamedPath, ...]:
    return host_paths(parse(f"<domain><os>{booted}</os><devices>{devices}</devices></domain>"))


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        (
            "<serial type='dev'><source path='/dev/ttyS0'/></serial>",
            NamedPath("serial", "/dev/ttyS0", Wanted.FILE),
        ),
        (
            "<parallel type='file'><source path='/var/log/a/b'/></parallel>",
            NamedPath("parallel", "/var/log/a", Wanted.DIRECTORY),
        ),
        (
            "<console type='pipe'><source path='/srv/pipe'/></console>",
            NamedPath("console", "/srv/pipe", Wanted.ENDPOINT),
        ),
        (
            "<channel type='unix'><source mode='bind' path='/srv/s'/></channel>",
            NamedPath("channel", "/srv", Wanted.DIRECTORY),
        ),
        (
            "<channel type='unix'><source mode='connect' path='/srv/s'/></channel>",
            NamedPath("channel", "/srv/s", Wanted.ENDPOINT),
        ),
        (
            "<serial type='pty'><source path='/dev/pts/7'/><log file='/var/log/a/b' append='on'/></serial>",
            NamedPath("serial", "/var/log/a", Wanted.DIRECTORY),
        ),
        (
            "<rng model='virtio'><backend model='random'>/dev/hwrng</backend></rng>",
            NamedPath("rng", "/dev/hwrng", Wanted.FILE),
        ),
        (
            "<rng><backend model='egd' type='unix'><source mode='connect' path='/srv/egd'/></backend></rng>",
            NamedPath("rng", "/srv/egd", Wanted.ENDPOINT),
        ),
        (
            "<tpm><backend type='external'><source type='unix' mode='connect' path='/srv/tpm'/></backend>"
            "</tpm>",
            NamedPath("tpm", "/srv/tpm", Wanted.ENDPOINT),
        ),
        (
            "<input type='evdev'><source dev='/dev/input/event1'/></input>",
            NamedPath("input", "/dev/input/event1", Wanted.FILE),
        ),
        (
            "<graphics type='egl-headless'><gl rendernode='/dev/dri/renderD128'/></graphics>",
            NamedPath("graphics", "/dev/dri/renderD128", Wanted.FILE),
        ),
        (
            "<interface type='ethernet'><script path='/etc/qemu-ifup'/></interface>",
            NamedPath("interface", "/etc/qemu-ifup", Wanted.FILE),
        ),
        (
            "<interface type='user'><rom bar='on' file='/srv/rom.bin'/></interface>",
            NamedPath("rom", "/srv/rom.bin", Wanted.FILE),
        ),
        (
            "<audio id='1' type='file' path='/srv/sound/a.wav'/>",
            NamedPath("audio", "/srv/sound", Wanted.DIRECTORY),
        ),
        (
            "<pstore backend='acpi-erst'><path>/srv/erst/a</path></pstore>",
            NamedPath("pstore", "/srv/erst", Wanted.DIRECTORY),
        ),
        (
            "<disk type='block'><source dev='/dev/sda'><reservations managed='no'>"
            "<source type='unix' path='/run/qemu-pr.sock' mode='client'/></reservations></source></disk>",
            NamedPath("disk", "/run/qemu-pr.sock", Wanted.ENDPOINT),
        ),
        (
            "<graphics type='vnc'><listen type='socket' socket='/srv/vnc.sock'/></graphics>",
            NamedPath("graphics", "/srv", Wanted.DIRECTORY),
        ),
    ],
)
def test_each_device_that_names_a_path_is_told_with_what_must_lie_there(
    xml: str, expected: NamedPath
) -> None:
    assert named(xml) == (expected,)


def test_a_guest_that_boots_from_files_names_them() -> None:
    booted = (
        "<loader type='pflash'>/fw/code.fd</loader><nvram>/var/vars.fd</nvram><kernel>/k</kernel>"
        "<initrd>/i</initrd><dtb>/d</dtb><acpi><table type='slic'>/slic</table></acpi>"
    )
    assert [(each.device, each.path) for each in named("", booted)] == [
        ("loader", "/fw/code.fd"),
        ("kernel", "/k"),
        ("initrd", "/i"),
        ("dtb", "/d"),
        ("acpi/table", "/slic"),
        ("nvram", "/var"),
    ]


def test_what_the_firmwares_variables_are_made_from_is_named_beside_their_place() -> None:
    for variables in (
        "<nvram template='/fw/vars.fd'>/srv/nvram/a.fd</nvram>",
        "<nvram template='/fw/vars.fd' type='file'><source file='/srv/nvram/a.fd'/></nvram>",
    ):
        assert named("", variables) == (
            NamedPath(NVRAM_TEMPLATE, "/fw/vars.fd", Wanted.FILE),
            NamedPath("nvram", "/srv/nvram", Wanted.DIRECTORY),
        )


def test_a_file_in_the_firmwares_configuration_is_named() -> None:
    domain = (
        "<domain><sysinfo type='fwcfg'><entry name='a' file='/srv/a'/><entry name='b'>x</entry></sysinfo>"
        "</domain>"
    )
    assert host_paths(parse(domain)) == (NamedPath("sysinfo", "/srv/a", Wanted.FILE),)


@pytest.mark.parametrize(
    "devices",
    [
        "<interface type='bridge'><rom file=''/></interface>",
        "<interface type='bridge'><rom bar='off' file=''/></interface>",
        "<serial type='dev'><source path=''/></serial>",
        "<channel type='unix'><source mode='connect'/></channel>",
        "<input type='evdev'><source dev=''/></input>",
    ],
)
def test_an_empty_path_such_as_that_of_a_rom_that_is_switched_off_is_none(devices: str) -> None:
    assert named(devices) == ()


def test_what_every_host_has_and_what_libvirt_makes_by_itself_is_not_told() -> None:
    devices = (
        "<rng><backend model='random'>/dev/urandom</backend></rng><rng><backend model='random'/></rng>"
        "<serial type='pty'><source path='/dev/pts/1'/></serial><console type='null'/>"
        "<channel type='unix'><source mode='bind' path='/run/libvirt/qemu/channel/1-a/org.x'/></channel>"
        "<channel type='spicevmc'/><serial type='tcp'><source mode='connect' host='h' service='1'/></serial>"
        "<graphics type='vnc'><listen type='socket' socket='/var/lib/libvirt/qemu/a/vnc.sock'/></graphics>"
        "<input type='tablet' bus='usb'/><interface type='ethernet'><script path='no'/></interface>"
        "<disk><source><reservations managed='yes'>"
        "<source type='unix' path='/var/lib/libvirt/qemu/domain-1-a/pr-helper0.sock'/>"
        "</reservations></source></disk>"
    )
    assert named(devices) == ()


def test_a_console_that_is_its_serial_device_too_is_told_once() -> None:
    source = "<source path='/var/log/a/b'/>"
    assert named(f"<serial type='file'>{source}</serial><console type='file'>{source}</console>") == (
        NamedPath("serial", "/var/log/a", Wanted.DIRECTORY),
    )
