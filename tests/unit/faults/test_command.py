"""The command's words, before anything is harmed."""

import pytest

from faultkit.acts import FAULTS
from faultkit.cli import main


def refused(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """What is said to wrong arguments."""
    with pytest.raises(SystemExit) as ended:
        main(list(argv))
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_an_unknown_fault_is_refused_and_the_known_ones_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "--only", "earthquake")
    for name in ("earthquake", *FAULTS):
        assert name in said


@pytest.mark.parametrize("option", ["--seed", "--runs", "--run", "--minutes"])
@pytest.mark.parametrize("given", ["0", "-1", "many", ""])
def test_numbers_are_whole_and_at_least_one(
    option: str, given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"{given!r}: a whole number" in refused(capsys, f"{option}={given}")


def test_an_unknown_kind_of_guest_and_a_fault_that_strikes_none_of_it_are_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "'moon'" in refused(capsys, "--guest", "moon")
    said = refused(capsys, "--guest", "fast", "--only", "image-deleted")
    assert "--only image-deleted strikes no fast guest" in said
