"""The command's words, before anything is measured."""

import pytest

from benchkit.cli import main


def refused(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """What is said to wrong arguments."""
    with pytest.raises(SystemExit) as ended:
        main(list(argv))
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_an_unknown_part_is_refused_and_the_known_ones_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "--only", "speed")
    for part in ("speed", "overhead", "ratio", "writes", "rss"):
        assert part in said


@pytest.mark.parametrize("given", ["0", "-1", "many", ""])
def test_pairs_are_a_whole_number_of_at_least_one(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"{given!r}: a whole number" in refused(capsys, f"--pairs={given}")
