"""A migration that failed is over, and its spec can't be changed: what would help in it needs a new one."""

import pytest
from msgspec.structs import replace

from godwit.domain.decide import decide
from godwit.domain.disks import Storage, Strategy
from godwit.domain.host import Hypervisor
from godwit.domain.migration import Destination, HypervisorSelector, MigrationSpec, VMSelector
from godwit.domain.observation import Observation
from godwit.domain.reasons import Reason
from godwit.domain.remedies import remedy
from godwit.domain.resolve import NotFound, resolve
from godwit.domain.storage import StorageFacts, refusals

from .builders import BEGUN, HOSTS, VM, host, later, listed, migration
from .storage.known import ABSENT, LOCAL, MUST_EXIST, RAW, THERE, copying, known

NEW = "a new VMMigration"
SHARED = Storage(strategy=Strategy.SHARED)
ON_BOTH = (host("host1", listed()), host("host2", listed()))
VM1 = MigrationSpec(VMSelector("vm1"), Destination("host2"))


@pytest.mark.parametrize(
    "facts",
    [
        known(LOCAL, wish=copying("vdx", "vdb")),
        known(LOCAL, wish=copying("vdb", "vdb")),
        known(LOCAL, wish=copying("vdb", strategy=Strategy.SHARED)),
        known(LOCAL, wish=SHARED),
        known(LOCAL, RAW, wish=copying("vdb")),
        known(LOCAL, there=(THERE,)),
        known(LOCAL, wish=MUST_EXIST, there=ABSENT),
    ],
    ids=[
        "no such disk",
        "twice",
        "a list under Shared",
        "local under Shared",
        "left out",
        "exists",
        "missing",
    ],
)
def test_a_refusal_whose_remedy_is_another_word_of_the_spec_asks_for_a_new_migration(
    facts: StorageFacts,
) -> None:
    told = [refusal.remedy for refusal in refusals(facts)]
    assert told
    assert [one for one in told if NEW not in one] == []


@pytest.mark.parametrize("reason", [Reason.IMAGE_EXISTS, Reason.NO_SPACE, Reason.MIGRATE_UNSAFE])
def test_a_failed_job_asks_for_a_new_migration_too(reason: Reason) -> None:
    assert NEW in remedy(reason)


def test_a_vm_that_is_at_its_destination_already_asks_for_a_new_migration() -> None:
    asked = migration(replace(BEGUN, attempts=(), source=None, destination=None, vm=VM))
    decision = decide(Observation(asked, (host("host1"), host("host2", listed()))), later(60))
    assert decision.journal.ending
    assert decision.journal.ending.reason is Reason.SAME_HYPERVISOR
    assert NEW in decision.message


@pytest.mark.parametrize(
    ("spec", "hosts"),
    [
        (VM1, ON_BOTH),
        (replace(VM1, source=HypervisorSelector("host2")), HOSTS),
        (replace(VM1, source=HypervisorSelector("host9")), HOSTS),
    ],
    ids=["ambiguous", "not on that source", "no such source"],
)
def test_a_vm_or_host_that_was_named_wrongly_asks_for_a_new_migration(
    spec: MigrationSpec, hosts: tuple[Hypervisor, ...]
) -> None:
    answer = resolve(spec, hosts)
    assert isinstance(answer, NotFound)
    assert NEW in answer.message
