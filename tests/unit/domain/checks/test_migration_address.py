from msgspec.structs import replace

from godwit.domain.checks import migration_address
from godwit.domain.host import HypervisorSpec
from godwit.domain.migration import CheckResult

from ..builders import facts, host

SILENT = replace(host("host2"), status=replace(host("host2").status, migration_address=""))


def test_the_address_that_is_used_is_told() -> None:
    [verdict] = migration_address.check(facts())
    assert (verdict.result, verdict.message) == (CheckResult.PASS, "address-of-host2")


def test_the_word_of_the_admin_counts_as_an_address() -> None:
    named = replace(SILENT, spec=HypervisorSpec(migration_address="10.9.9.9"))
    [verdict] = migration_address.check(replace(facts(), destination=named))
    assert (verdict.result, verdict.message) == (CheckResult.PASS, "10.9.9.9")


def test_a_destination_without_an_address_fails_and_says_where_to_set_one() -> None:
    [verdict] = migration_address.check(replace(facts(), destination=SILENT))
    assert verdict.stops
    assert "host2" in verdict.message
    assert "migrationAddress" in verdict.remedy
