"""Every row of the recovery table says in docs/faults.md how it was brought about, or that it was not."""

from pathlib import Path

from godwit.domain.recovery import TABLE

PAGE = Path(__file__).resolve().parents[3] / "docs" / "faults.md"


def test_every_row_of_the_recovery_table_has_a_line_and_no_line_is_without_a_row() -> None:
    section = PAGE.read_text().split("## The recovery table in the lab")[1].split("\n## ")[0]
    told = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("| ")]
    assert told[1:] == [row.why for row in TABLE]
