from msgspec.structs import replace

from godwit.domain.checks import no_namesake
from godwit.domain.guest import DomainState, GuestView
from godwit.domain.migration import CheckResult

from ..builders import facts


def test_a_destination_that_knows_no_such_domain_passes() -> None:
    [verdict] = no_namesake.check(facts())
    assert (verdict.host, verdict.result) == ("host2", CheckResult.PASS)


def test_a_namesake_is_told_with_its_uuid_and_state_and_the_way_to_rename_it() -> None:
    other = GuestView("vm1", "another-uuid", DomainState.SHUTOFF)
    [verdict] = no_namesake.check(replace(facts(), namesake=other))
    assert verdict.stops
    assert "vm1 (uuid another-uuid, shutoff)" in verdict.message
    assert "virsh domrename" in verdict.remedy
