"""What `hack/lab` takes and refuses, before it looks at any lab; 2 is the exit code for wrong arguments."""

import argparse

import pytest

from labkit.cli import lab_name, main
from labkit.guest.cli import add_commands
from labkit.lab import Lab
from labkit.shell import LabError
from labkit.targets import WHO, Pod, Service, Store, locate

COMMANDS = (
    "up", "reload", "down", "status", "env", "logs", "exec", "link", "fill", "kill", "stop", "start",
    "freeze", "thaw", "crash", "boot", "guest",
)  # fmt: skip
GUEST_COMMANDS = ("create", "check", "where", "gap", "tell", "spoil", "destroy", "list")
LAB = Lab("unit-command", 30)
"""Never made: it has no boxes."""


def ends(*argv: str) -> int:
    """The exit code with which the command's arguments end it."""
    with pytest.raises(SystemExit) as ended:
        main(list(argv))
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture(autouse=True)
def no_lab_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GODWIT_LAB", raising=False)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert ends("--help") == 0
    said = capsys.readouterr().out
    assert [command for command in COMMANDS if f"\n    {command} " not in said] == []
    assert ends("guest", "--help") == 0
    said = capsys.readouterr().out
    assert [command for command in GUEST_COMMANDS if f"\n    {command} " not in said] == []


@pytest.mark.parametrize(
    "words", [*((command,) for command in COMMANDS), *(("guest", command) for command in GUEST_COMMANDS)]
)
def test_every_command_explains_itself(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert ends(*words, "--help") == 0
    assert " ".join(words) in capsys.readouterr().out


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["dance"],
        ["up", "--hosts", "0"],
        ["up", "--hosts", "21"],
        ["up", "--hosts", "two"],
        ["up", "--hosts", "-1"],
        ["up", "extra"],
        ["up", "--fetch", "trixie"],
        ["status", "-o", "yaml"],
        ["logs"],
        ["exec"],
        ["kill"],
        ["crash"],
        ["link"],
        ["link", "host1", "--plane", "moon"],
        ["link", "host1", "--up", "--down"],
        ["link", "host1", "--rate", "1mbit", "--clear"],
        ["fill"],
        ["fill", "host1", "--leave", "1Mi", "--clear"],
        ["guest"],
        ["guest", "create", "m"],
        ["guest", "create", "m", "--host", "host1", "--vcpus", "some"],
        ["guest", "create", "m", "--host", "host1", "--cache", "maybe"],
        ["guest", "create", "m", "--host", "host1", "--nvram", "moon"],
        ["guest", "check"],
        ["guest", "tell", "m", "dance"],
    ],
)
def test_wrong_arguments_end_with_2_and_the_usage(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends(*argv) == 2
    said = capsys.readouterr()
    assert "usage: hack/lab" in said.err
    assert not said.out


def test_a_refused_number_of_hosts_is_named_with_what_is_possible(capsys: pytest.CaptureFixture[str]) -> None:
    assert ends("up", "--hosts", "21") == 2
    assert "'21': from 1 to 20" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "name", "others"),
    [
        (["up"], "godwit", ["up"]),
        (["--name", "other", "up"], "other", ["up"]),
        (["up", "--hosts", "1", "--name=other"], "other", ["up", "--hosts", "1"]),
        (
            ["exec", "host1", "--", "tool", "--name", "x"],
            "godwit",
            ["exec", "host1", "--", "tool", "--name", "x"],
        ),
    ],
)
def test_the_labs_name_may_stand_anywhere_but_in_the_command_for_a_host(
    argv: list[str], name: str, others: list[str]
) -> None:
    assert lab_name(argv) == (name, others)


def test_the_environment_names_the_lab_and_the_argument_goes_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GODWIT_LAB", "mine")
    assert lab_name(["up"])[0] == "mine"
    assert lab_name(["up", "--name", "other"])[0] == "other"


def test_those_of_the_control_plane_and_the_store_are_found_by_their_name_alone() -> None:
    assert locate(LAB, ["apiserver"]) == Service(LAB, "control", "apiserver")
    assert locate(LAB, ["etcd"]) == Service(LAB, "control", "etcd")
    assert locate(LAB, ["store"]) == Store(LAB)
    assert locate(LAB, ["operator"]) == Pod(LAB, "infra", "operator")


@pytest.mark.parametrize(
    "who",
    [
        ["nobody"],
        ["libvirtd"],
        ["agent"],
        ["apiserver", "host1"],
        ["libvirtd", "infra"],
        ["kubelet", "a", "b"],
    ],
)
def test_whoever_is_nobody_is_named_with_all_who_are_somebody(who: list[str]) -> None:
    with pytest.raises(LabError) as refused:
        locate(LAB, who)
    assert repr(" ".join(who)) in str(refused.value)
    assert WHO in str(refused.value)


def test_guests_of_a_lab_that_has_no_host_are_not_just_none() -> None:
    parser = argparse.ArgumentParser()
    add_commands(parser.add_subparsers())
    asked = parser.parse_args(["list"])
    with pytest.raises(LabError, match="`hack/lab up --name unit-command` makes it"):
        asked.do(LAB, asked)


def test_a_host_that_was_never_made_is_named() -> None:
    with pytest.raises(LabError, match="has no host7"):
        locate(LAB, ["libvirtd", "host7"])
