from msgspec.structs import replace

from godwit.domain import guest_memory
from godwit.domain.checks import memory
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.host import HypervisorSpec, Memory, Reserve
from godwit.domain.migration import CheckResult
from godwit.domain.plan import PromisedMemory

from ..builders import FACTS, HOSTS, facts

GIB = 1 << 30
GUEST = replace(FACTS, memory_bytes=4 * GIB)
NEEDED = guest_memory.needed_bytes(GUEST)


def with_free(free: int, reserve: str | None = None, promised: int = 0) -> PreflightFacts:
    status = replace(HOSTS[1].status, memory=Memory(total_bytes=64 * GIB, free_bytes=free))
    spec = HypervisorSpec(reserve=Reserve(memory=reserve))
    host = replace(HOSTS[1], status=status, spec=spec)
    return replace(facts(), guest=GUEST, destination=host, promised_memory=PromisedMemory(promised))


def test_enough_memory_passes_with_what_will_be_taken() -> None:
    [verdict] = memory.check(with_free(NEEDED))
    assert (verdict.result, verdict.message) == (CheckResult.PASS, "4176 MiB will be taken at most")


def test_too_little_says_how_much_is_missing() -> None:
    [verdict] = memory.check(with_free(NEEDED - 1))
    assert verdict.stops
    assert verdict.message == "host2 lacks 1 MiB of memory: 4176 MiB are needed, 4175 MiB are free"
    assert "reserve" not in verdict.remedy


def test_the_reserve_is_not_free_and_it_is_told_whose_word_it_is() -> None:
    [verdict] = memory.check(with_free(NEEDED + GIB - 1, reserve="1Gi"))
    assert verdict.stops
    assert "1024 MiB are its reserve" in verdict.message
    assert "spec.reserve.memory of the Hypervisor host2" in verdict.remedy
    [verdict] = memory.check(with_free(NEEDED + GIB, reserve="1Gi"))
    assert verdict.result is CheckResult.PASS


def test_what_other_migrations_were_promised_is_not_free() -> None:
    [verdict] = memory.check(with_free(NEEDED + GIB, promised=2 * GIB))
    assert verdict.stops
    assert "lacks 1024 MiB" in verdict.message
    assert "2048 MiB are promised to other migrations" in verdict.message


def test_a_host_that_does_not_tell_its_memory_is_no_pass() -> None:
    silent = replace(HOSTS[1], status=replace(HOSTS[1].status, memory=Memory()))
    [verdict] = memory.check(replace(facts(), destination=silent))
    assert verdict.result is CheckResult.NOT_RUN
    assert "host2" in verdict.message
