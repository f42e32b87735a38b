"""Kills at the seams: whoever dies when an intent or an outcome appears at the API, nothing comes of it."""

import pytest

from faultkit.seams import SEAMS, SHORT, Seam
from faultkit.seamwalk import Walker

pytestmark = pytest.mark.e2e


def ends_well(walker: Walker, seam: Seam) -> None:
    walked = walker.walk(seam)
    assert not walked.findings, "\n".join([*walked.findings, *walked.timeline])


@pytest.mark.parametrize("seam", SHORT, ids=str)
def test_a_process_that_dies_at_a_seam_is_not_missed(walker: Walker, seam: Seam) -> None:
    ends_well(walker, seam)


@pytest.mark.walk
@pytest.mark.parametrize("seam", SEAMS, ids=str)
def test_whoever_dies_at_any_seam_of_a_life_the_migration_ends_as_without_it(
    walker: Walker, seam: Seam
) -> None:
    ends_well(walker, seam)
