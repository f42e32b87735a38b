from msgspec.structs import replace

from godwit.domain.checks import chain
from godwit.domain.disks import DiskAction, Storage
from godwit.domain.guest import DiskKind, Job
from godwit.domain.image import FileKind, ImageFacts
from godwit.domain.migration import CheckResult
from godwit.domain.storage import Topic, refusals

from ..builders import DISK, FACTS, facts, host, with_storage
from ..storage.known import ABSENT, BLOCK, CDROM, LOCAL, NETWORK, RAW, known


def test_a_good_guest_is_stopped_by_no_check() -> None:
    verdicts = chain.run(facts())
    assert not [verdict for verdict in verdicts if verdict.stops]


def test_every_check_is_told_in_the_order_of_the_chain() -> None:
    assert [verdict.name for verdict in chain.run(facts())] == [
        "VMFoundOnce",
        "VMRuns",
        "NoJob",
        "NotTheSameHost",
        "NoNamesake",
        "AgentReady",
        "AgentReady",
        "AgentVersion",
        "AgentVersion",
        "NodeSchedulable",
        "Maintenance",
        "LibvirtVersion",
        "QEMUVersion",
        "KnownBugs",
        "MigrationAddress",
        "Devices",
        "MachineType",
        "TPM",
        "GuestAgent",
        "Graphics",
        "Paths",
        "Reachable",
        "MigrationPort",
        "TLS",
        "ClientCertificate",
        "QEMUCertificates",
        "QEMUCertificates",
        "Clock",
        "Definition",
        "Permissions",
        "VCPUs",
        "Pinning",
        "Memory",
        "NUMA",
        "Hugepages",
        "MemoryLock",
        "Networks",
        "MTU",
        "NetworkSegment",
        "CPU",
        "HostCPU",
        "TimeStampCounter",
        "Snapshots",
        "BlockJobs",
        "Disks",
        "SafeStorage",
        "CopyList",
        "BackingChain",
        "Encryption",
        "CDROM",
        "DestinationImage",
        "ImageAccess",
        "Space",
    ]


def test_a_failed_check_hides_no_other() -> None:
    busy = replace(FACTS, view=replace(FACTS.view, job=Job.OTHER))
    verdicts = chain.run(
        replace(facts(), guest=busy, destination=host("host2", ready=False), elsewhere=("host3",))
    )
    failed = [verdict.name for verdict in verdicts if verdict.result is CheckResult.FAIL]
    assert failed == ["VMFoundOnce", "NoJob", "AgentReady"]


def test_no_refusal_of_a_disk_is_without_a_check_that_tells_it() -> None:
    """A topic that no check of the chain tells would let the migration pass."""
    gone = (*ABSENT, ImageFacts(CDROM.path, FileKind.ABSENT))
    bad = known(
        replace(DISK, transient=True),
        replace(LOCAL, encrypted=True),
        replace(RAW, backing=("../base",)),
        CDROM,
        wish=Storage(disks=("vdb", "vdc", "vdx")),
        there=gone[1:],
    )
    found = refusals(bad)
    assert {refusal.topic for refusal in found} == set(Topic)
    verdicts = chain.run(with_storage(bad))
    for refusal in found:
        told = [check for check in verdicts if check.message == f"{refusal.about}: {refusal.why}"]
        assert [(check.name, check.remedy, check.stops) for check in told] == [
            (refusal.topic, refusal.remedy, True)
        ]


def test_a_disk_that_is_refused_never_passes_the_chain() -> None:
    for disk in (DISK, LOCAL, RAW, CDROM, BLOCK, NETWORK):
        for wrong in (replace(disk, transient=True), replace(disk, kind=DiskKind.VOLUME)):
            facts = with_storage(known(wrong))
            assert [line.action for line in facts.disks] == [DiskAction.REFUSE]
            assert any(check.stops for check in chain.run(facts))
