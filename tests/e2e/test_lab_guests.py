"""A guest is what was asked for, answers when it has been created, and leaves nothing when destroyed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit.guest.agent import Line, parse
from labkit.guest.state import directory
from labkit.registry import open_lab

from .lab import Lab, wait_until

pytestmark = pytest.mark.e2e

HERE, THERE = "host1", "host2"
NAME, OWN = "labtest-kinds", "labtest-own"
DISKS = ("shared:16Mi:qcow2", "local:16Mi:raw", "shared:1Mi:qcow2:ro", "shared:4Mi:raw:shareable")
WORKING_SET_PAGES, STILL_PAGES = 4096, 64
SMALL = ("--no-disk",)


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab()


@pytest.fixture(scope="module")
def guest(lab: Lab) -> Iterator[str]:
    """A guest with a disk of each kind that writes memory and disks."""
    options = [word for disk in DISKS for word in ("--disk", disk)]
    rates = (
        "--working-set",
        "16Mi",
        "--dirty",
        "1Mi/s",
        "--write-disk",
        "256Ki/s",
        "--vcpus",
        "2",
        "--autostart",
    )
    with lab.guest(NAME, HERE, *options, *rates) as name:
        yield name


def status(lab: Lab, guest: str) -> Line:
    """What the guest says of itself."""
    return parse(lab.run("guest", "tell", guest, "status").splitlines()[0])


def dominfo(lab: Lab, guest: str) -> dict[str, str]:
    """What libvirt says of it."""
    lines = lab.inside(HERE, "virsh", "dominfo", guest).splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def test_a_guest_answers_as_soon_as_it_is_created(lab: Lab) -> None:
    with lab.guest(OWN, THERE, *SMALL) as name:
        assert status(lab, name).fields["disks"] == "0"
        assert lab.check(name)["host"] == THERE


def test_a_good_guest_is_intact_in_all_that_was_asked(lab: Lab, guest: str) -> None:
    verdict = lab.check(guest)
    assert verdict["states"] == {HERE: "running", THERE: "absent"}
    assert verdict["answers"] and verdict["same_boot"] and verdict["up_seconds"] > 0
    assert (verdict["memory_pages"], verdict["memory_bad_pages"]) == (STILL_PAGES + WORKING_SET_PAGES, 0)
    assert [(disk["name"], disk["read_only"]) for disk in verdict["disks"]] == [
        ("vda", False), ("vdb", False), ("vdc", True), ("vdd", False),
    ]  # fmt: skip
    assert all(disk["records"] > 0 for disk in verdict["disks"])
    assert verdict["client"]["udp"]["answers"] > 0


def test_people_read_the_same_verdict(lab: Lab, guest: str) -> None:
    said = lab.run("guest", "check", guest)
    assert "host         host1\n" in said
    assert "same boot as at creation" in said
    assert said.splitlines()[-1] == "verdict      intact"


def test_it_has_the_memory_vcpus_and_disks_that_were_asked_for(lab: Lab, guest: str) -> None:
    found = dominfo(lab, guest)
    assert (found["Max memory"], found["CPU(s)"]) == ("131072 KiB", "2")
    assert (found["Persistent"], found["Autostart"], found["State"]) == ("yes", "enable", "running")
    listed = [
        line.split()[1] for line in lab.inside(HERE, "virsh", "domblklist", guest).splitlines()[2:] if line
    ]
    assert listed == [
        f"/var/lib/godwit/shared/{NAME}-0.qcow2",
        f"/var/lib/godwit/local/{NAME}-1.raw",
        f"/var/lib/godwit/shared/{NAME}-2.qcow2",
        f"/var/lib/godwit/shared/{NAME}-3.raw",
    ]
    xml = lab.inside(HERE, "virsh", "dumpxml", guest)
    assert (xml.count("<readonly/>"), xml.count("<shareable/>")) == (1, 1)


def test_it_writes_memory_and_disks_at_the_rates_that_were_asked_for(lab: Lab, guest: str) -> None:
    began = status(lab, guest)

    def later() -> Line | None:
        now = status(lab, guest)
        return now if float(now.fields["uptime"]) - float(began.fields["uptime"]) > 3 else None

    now = wait_until("three seconds of the guest's time", later, 30)
    seconds = float(now.fields["uptime"]) - float(began.fields["uptime"])
    pages = (now.number("pages_written") - began.number("pages_written")) / seconds
    records = (now.number("records_written") - began.number("records_written")) / seconds
    assert 0.5 < pages / 256 < 1.5
    assert 0.5 < records / (3 * 64) < 1.5


def test_a_guest_is_on_the_list_with_where_it_is(lab: Lab, guest: str) -> None:
    listed = {row["guest"]: row["states"] for row in lab.json("guest", "list")}
    assert listed[guest] == {HERE: "running", THERE: "absent"}
    assert any(line.split() == [guest, HERE, "running"] for line in lab.run("guest", "list").splitlines())


def test_a_guest_may_be_paused_and_without_a_definition(lab: Lab) -> None:
    with lab.guest(OWN, HERE, *SMALL, "--transient", "--paused") as own:
        found = dominfo(lab, own)
        assert (found["State"], found["Persistent"]) == ("paused", "no")


def test_a_destroyed_guest_leaves_nothing(lab: Lab) -> None:
    place = directory(open_lab(lab.name), OWN)
    files = [
        f"/var/lib/godwit/shared/{OWN}-0.qcow2",
        f"/var/lib/godwit/local/{OWN}-1.raw",
        f"/var/log/lab/guest-{OWN}.log",
    ]
    with lab.guest(OWN, HERE, "--disk", DISKS[0], "--disk", DISKS[1]) as own:
        assert probers(place)
        assert lab.inside(HERE, "ls", *files).split() == sorted(files)
        lab.run("guest", "destroy", own)
    assert not place.exists()
    assert not probers(place)
    assert OWN not in lab.inside(HERE, "virsh", "list", "--all", "--name").split()
    assert not lab.attempt("exec", HERE, "--", "ls", *files).stdout
    assert OWN not in {row["guest"] for row in lab.json("guest", "list")}


def probers(place: Path) -> list[str]:
    """Pids of the processes whose arguments name something below `place`."""
    below = f"{place}/".encode()
    return [path.parent.name for path in Path("/proc").glob("[0-9]*/cmdline") if below in read(path)]


def read(path: Path) -> bytes:
    """A process may end while it is looked at."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def test_an_image_that_is_there_already_is_refused_by_its_path_and_left_alone(lab: Lab) -> None:
    path = f"/var/lib/godwit/local/{OWN}-0.raw"
    lab.inside(HERE, "sh", "-c", f"echo of somebody else > {path}")
    try:
        said = lab.refused("guest", "create", OWN, "--host", HERE, "--disk", "local:1Mi:raw")
        assert f"{HERE} has {path} already" in said
        assert lab.inside(HERE, "cat", path) == "of somebody else\n"
        assert OWN not in {row["guest"] for row in lab.json("guest", "list")}
    finally:
        lab.inside(HERE, "rm", "-f", path)


def test_what_can_not_be_is_refused_in_words_and_leaves_nothing(lab: Lab, guest: str) -> None:
    create = ("guest", "create", "labtest-no", "--host", HERE)
    assert f"there is a guest {guest!r} already" in lab.refused("guest", "create", guest, "--host", HERE)
    assert "has no host9" in lab.refused("guest", "create", "labtest-no", "--host", "host9")
    assert "exclude each other" in lab.refused(*create, "--no-disk", "--disk", DISKS[0])
    assert "exclude each other" in lab.refused(*create, "--transient", "--autostart")
    assert "is no size" in lab.refused(*create, "--memory", "lots")
    assert "does not fit into 128Mi" in lab.refused(*create, "--working-set", "120Mi")
    for command in (("check",), ("gap",), ("tell", "status"), ("spoil",), ("destroy",)):
        said = lab.refused("guest", command[0], "labtest-no", *command[1:])
        assert "has no guest 'labtest-no'; it has: " in said and guest in said
    lab.check(guest)
