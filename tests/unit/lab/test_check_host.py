"""`hack/check-host` against a virsh of the test's own: what two hosts have to have alike, and what not."""

import os
import subprocess
from pathlib import Path

import pytest

from ..crd.definitions import REPOSITORY

VIRSH = """#!/bin/sh
# What hosts of these tests answer; `there` is whatever a URI was given for.
here=yes
case "$*" in *qemu+tls://*) here= ;; esac
case "$*" in
  *version*) printf 'Running against daemon: %s\\nRunning hypervisor: QEMU 10.0.2\\n' "$LIBVIRT" ;;
  *hostname*) [ "$here" ] && echo host1 || echo "$NAME_THERE" ;;
  *capabilities*)
    echo "  <uuid>$([ "$here" ] && echo 1111 || echo "$UUID_THERE")</uuid>"
    echo "  <baselabel type='kvm'>$([ "$here" ] && echo +107:+107 || echo "$USER_THERE")</baselabel>" ;;
  *"$SILENT"*) echo "error: Failed to connect socket" >&2; exit 1 ;;
esac
"""
GOOD = {
    "LIBVIRT": "11.3.0",
    "NAME_THERE": "host2",
    "UUID_THERE": "2222",
    "USER_THERE": "+107:+107",
    "SILENT": "nothing",
}


def told(place: Path, **changes: str) -> list[str]:
    """Its lines about a pair of hosts that are in order, but for the changes."""
    virsh = place / "virsh"
    virsh.write_text(VIRSH)
    virsh.chmod(0o755)
    path = f"{place}:{os.environ['PATH']}"
    done = subprocess.run(
        [REPOSITORY / "hack/check-host", "--images", place, "host2"],
        env={"PATH": path, **GOOD, **changes},
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def of(lines: list[str], words: str) -> str:
    """How it begins: the one line in which these words are."""
    [line] = [line for line in lines if words in line]
    return line.split()[0]


def test_hosts_that_are_alike_where_they_have_to_be_are_in_order(tmp_path: Path) -> None:
    lines = told(tmp_path)
    assert of(lines, "libvirt of host2 is reached by TLS, and calls itself host2") == "ok"
    assert of(lines, "host2 runs QEMU as 107:107, as this host does") == "ok"
    assert of(lines, "libvirt 11.3.0") == "ok"
    assert [of(lines, f"libvirt answers for {what}") for what in ("pools", "networks", "secrets")] == [
        "ok"
    ] * 3


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"USER_THERE": "+64055:+64055"}, "host2 runs QEMU as 64055:64055, this host as 107:107"),
        ({"UUID_THERE": "1111"}, "host2 has the same host UUID"),
        ({"NAME_THERE": "host1"}, "host2 calls itself host1, as this host does"),
        ({"SILENT": "secret-list"}, "libvirt does not answer for secrets: see that virtsecretd.socket"),
    ],
    ids=["user", "uuid", "name", "secrets"],
)
def test_what_must_not_be_so_is_missing(tmp_path: Path, changes: dict[str, str], words: str) -> None:
    assert of(told(tmp_path, **changes), words) == "MISSING"


def test_a_libvirt_of_before_its_time_is_pointed_at_and_not_refused_for_that(tmp_path: Path) -> None:
    lines = told(tmp_path, LIBVIRT="9.0.0")
    assert of(lines, "libvirt is 9.0.0: Godwit was made for 10.0.0 and later") == "look"
