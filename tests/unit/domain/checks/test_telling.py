"""A check names the host that it speaks of."""

import pytest
from msgspec.structs import replace

from godwit.domain.checks import chain
from godwit.domain.disks import Storage, Strategy
from godwit.domain.guest import DiskFacts, DiskKind
from godwit.domain.image import FileKind, ImageFacts
from godwit.domain.migration import Check, CheckResult
from godwit.domain.storage import StorageFacts

from ..builders import DISK, facts, with_storage
from ..storage.known import ABSENT, BLOCK, CDROM, ISO, LOCAL, NETWORK, RAW, THERE, TOKEN_HERE, known

ABOUT_THE_SOURCE = {
    "VMFoundOnce",
    "VMRuns",
    "Devices",
    "TPM",
    "GuestAgent",
    "Graphics",
    "Paths",
    "NoJob",
    "Snapshots",
    "BlockJobs",
    "Disks",
    "SafeStorage",
    "TimeStampCounter",
    "CopyList",
    "BackingChain",
    "ClientCertificate",
}
SHARED = Storage(Strategy.SHARED)
NO_ISO = ImageFacts(CDROM.path, FileKind.ABSENT)
UNREAD = replace(ISO, digest="")


def hosts(verdicts: tuple[Check, ...]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for verdict in verdicts:
        found.setdefault(verdict.name, set()).add(verdict.host)
    return found


def test_of_a_guest_on_shared_storage_nothing_but_what_concerns_the_destination_bears_its_name() -> None:
    found = hosts(chain.run(facts()))
    for of_both in ("AgentReady", "AgentVersion", "QEMUCertificates"):
        assert found.pop(of_both) == {"host1", "host2"}
    of_no_drive = {"Encryption", "CDROM"}
    for name, named in found.items():
        expected = "host1" if name in ABOUT_THE_SOURCE | of_no_drive else "host2"
        assert (name, named) == (name, {expected})


def test_of_a_guest_that_passes_with_everything_the_destinations_checks_bear_its_name() -> None:
    locked = replace(LOCAL, encrypted=True, secret="0000")  # noqa: S106 - the name of one
    guest = known(DISK, locked, CDROM, there=(*ABSENT, ISO))
    found = hosts(chain.run(with_storage(replace(guest, secrets=("0000",)))))
    for name in ("CDROM", "DestinationImage", "Space"):
        assert (name, found[name]) == (name, {"host2"})
    for name in ("Disks", "CopyList", "BackingChain"):
        assert (name, found[name]) == (name, {"host1"})


def failures(facts: StorageFacts) -> list[tuple[str, str]]:
    verdicts = chain.run(with_storage(facts))
    return [(verdict.name, verdict.host) for verdict in verdicts if verdict.result is CheckResult.FAIL]


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (known(replace(DISK, transient=True)), ("Disks", "host1")),
        (known(replace(DISK, kind=DiskKind.VOLUME)), ("Disks", "host1")),
        (known(LOCAL, wish=SHARED), ("Disks", "host2")),
        (
            replace(known(LOCAL, wish=SHARED), written=(replace(TOKEN_HERE, token="", message="full"),)),
            ("Disks", "host1"),
        ),
        (known(BLOCK), ("Disks", "host2")),
        (known(replace(NETWORK, path="nbd://localhost/x")), ("Disks", "host1")),
        (known(LOCAL, wish=Storage(disks=("vdb", "vdx"))), ("CopyList", "host1")),
        (known(replace(RAW, format="")), ("CopyList", "host1")),
        (known(replace(LOCAL, backing=("../base",))), ("BackingChain", "host1")),
        (known(LOCAL, there=(THERE,)), ("DestinationImage", "host2")),
        (known(CDROM, there=(NO_ISO,)), ("CDROM", "host2")),
        (known(CDROM, there=(replace(ISO, digest="other"),)), ("CDROM", "host2")),
        (known(CDROM, there=(UNREAD,)), ("CDROM", "host2")),
        (known(replace(CDROM, image=UNREAD), there=(ISO,)), ("CDROM", "host1")),
    ],
)
def test_a_refusal_names_the_host_where_something_is_wrong(
    what: StorageFacts, expected: tuple[str, str]
) -> None:
    assert failures(what) == [expected]


@pytest.mark.parametrize(
    ("disk", "host"),
    [
        (replace(DISK, encrypted=True), "host1"),
        (replace(DISK, encrypted=True, secret="0000"), "host2"),  # noqa: S106 - the name of one
    ],
)
def test_a_secret_is_the_destinations_and_the_name_of_it_the_sources(disk: DiskFacts, host: str) -> None:
    assert failures(known(disk)) == [("Encryption", host)]
