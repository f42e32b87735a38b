from msgspec.structs import replace

from godwit.domain.checks import maintenance
from godwit.domain.host import HypervisorSpec
from godwit.domain.migration import CheckResult

from ..builders import facts, host

IN_MAINTENANCE = HypervisorSpec(maintenance=True)


def test_a_destination_that_is_not_in_maintenance_passes() -> None:
    assert [each.result for each in maintenance.check(facts())] == [CheckResult.PASS]


def test_a_destination_in_maintenance_fails_with_the_command_that_ends_it() -> None:
    destination = replace(host("host2"), spec=IN_MAINTENANCE)
    [found] = maintenance.check(replace(facts(), destination=destination))
    assert (found.result, found.host) == (CheckResult.FAIL, "host2")
    assert "host2 is in maintenance" in found.message
    assert (
        """kubectl patch hypervisor host2 --type merge -p '{"spec":{"maintenance":false}}'""" in found.remedy
    )


def test_a_source_in_maintenance_is_what_one_moves_away_from() -> None:
    source = replace(host("host1"), spec=IN_MAINTENANCE)
    [found] = maintenance.check(replace(facts(), source=source))
    assert found.result is CheckResult.PASS
