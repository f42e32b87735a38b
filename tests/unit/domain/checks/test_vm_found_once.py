from msgspec.structs import replace

from godwit.domain.checks import vm_found_once
from godwit.domain.migration import CheckResult

from ..builders import UUID, facts


def test_a_vm_that_no_other_host_lists_passes() -> None:
    [verdict] = vm_found_once.check(facts())
    assert verdict.result is CheckResult.PASS


def test_every_other_host_that_lists_the_vm_is_named() -> None:
    [verdict] = vm_found_once.check(replace(facts(), elsewhere=("host3", "host4")))
    assert verdict.stops
    assert UUID in verdict.message
    assert "host3, host4" in verdict.message
