from msgspec.structs import replace

from godwit.domain.checks import no_namesake
from godwit.domain.guest import DomainState, GuestView, Job
from godwit.domain.migration import CheckResult

from ..builders import facts


def test_a_destination_that_knows_no_such_domain_passes() -> None:
    [verdict] = no_namesake.check(facts())
    assert (verdict.host, verdict.result) == ("host2", CheckResult.PASS)


def test_a_namesake_is_told_with_its_uuid_and_state_and_the_way_to_rename_it() -> None:
    other = GuestView("vm1", "another-uuid", DomainState.SHUTOFF)
    [verdict] = no_namesake.check(replace(facts(), namesakes=(other,)))
    assert verdict.stops
    assert "vm1 (uuid another-uuid, shutoff)" in verdict.message
    assert "virsh domrename" in verdict.remedy


def test_a_guest_that_is_just_arriving_is_no_name_to_change() -> None:
    arriving = GuestView("vm1", "another-uuid", DomainState.PAUSED, job=Job.MIGRATION_IN)
    [verdict] = no_namesake.check(replace(facts(), namesakes=(arriving,)))
    assert verdict.stops
    assert "wait for its end" in verdict.remedy


def test_of_two_that_have_one_thing_of_it_each_both_are_told() -> None:
    by_uuid = GuestView("vm7", "the-uuid", DomainState.SHUTOFF)
    by_name = GuestView("vm1", "another-uuid", DomainState.RUNNING)
    told = no_namesake.check(replace(facts(), namesakes=(by_uuid, by_name)))
    assert [verdict.message.split(" already")[0] for verdict in told] == [
        "host2 has a domain vm7 (uuid the-uuid, shutoff)",
        "host2 has a domain vm1 (uuid another-uuid, running)",
    ]
