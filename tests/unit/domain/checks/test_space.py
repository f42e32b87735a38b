from msgspec.structs import replace

from godwit.domain.checks import space
from godwit.domain.migration import CheckResult
from godwit.domain.storage import Promise

from ..builders import facts, with_storage
from ..storage.known import LOCAL, PLACE, RAW, THERE, known

MIB = 1 << 20
NEEDED = 169 * MIB
"""By each of both images: 100 MiB, 5 % of them, and 64 MiB."""


def test_where_nothing_is_copied_no_space_is_needed() -> None:
    [verdict] = space.check(facts())
    assert verdict.result is CheckResult.NOT_APPLICABLE


def test_enough_space_passes_with_what_will_be_taken() -> None:
    known_both = replace(known(LOCAL, RAW), directories=(replace(PLACE, free_bytes=2 * NEEDED),))
    [verdict] = space.check(with_storage(known_both))
    assert (verdict.result, verdict.message) == (CheckResult.PASS, "338 MiB will be taken at most")


def test_too_little_space_says_how_much_is_missing() -> None:
    known_both = replace(known(LOCAL, RAW), directories=(replace(PLACE, free_bytes=2 * NEEDED - 1),))
    [verdict] = space.check(with_storage(known_both))
    assert verdict.stops
    assert verdict.message == "/images lacks 1 MiB: 338 MiB are needed, 337 MiB are free"


def test_what_other_migrations_were_promised_is_not_free() -> None:
    places = (replace(PLACE, free_bytes=2 * NEEDED),)
    promised = replace(known(LOCAL), directories=places, promised=(Promise("/images", 200 * MIB),))
    [verdict] = space.check(with_storage(promised))
    assert verdict.stops
    assert "lacks 31 MiB" in verdict.message
    assert "200 MiB are promised to other migrations" in verdict.message


def test_it_is_told_beside_what_else_stands_against_the_disk() -> None:
    refused = replace(known(LOCAL, there=(THERE,)), directories=(replace(PLACE, free_bytes=0),))
    [verdict] = space.check(with_storage(refused))
    assert verdict.result is CheckResult.FAIL


def test_space_that_is_not_known_is_no_pass() -> None:
    unknown = replace(known(LOCAL), directories=(replace(PLACE, free_bytes=None),))
    [verdict] = space.check(with_storage(unknown))
    assert verdict.result is CheckResult.NOT_RUN
    assert verdict.stops
    assert "/images" in verdict.message
