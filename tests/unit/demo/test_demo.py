"""The demonstration shows what the README says, and its line says what the agent's metrics show."""

import io

import pytest

from demokit.live import Figures, Shown, figures, line
from demokit.readme import README, example, field
from demokit.story import why

METRICS = """
# HELP vmmigration_data_bytes Data.
vmmigration_data_bytes{name="move-demo",namespace="default"} 2.0e+08
vmmigration_data_remaining_bytes{name="move-demo",namespace="default"} 5.0e+07
vmmigration_transfer_rate_bytes_per_second{name="move-demo",namespace="default"} 1.0e+07
vmmigration_dirty_rate_bytes_per_second{name="move-demo",namespace="default"} 5.0e+06
"""


def test_the_readmes_own_example_moves_the_guest_of_the_demonstration() -> None:
    manifest = example(README.read_text())
    assert field(manifest, "vm.name") == "demo"
    assert field(manifest, "metadata.name") == "move-demo"
    assert field(manifest, "destination.hypervisor") == "host2"


def test_a_text_without_a_migration_is_told() -> None:
    with pytest.raises(ValueError, match="no fenced YAML block"):
        example("```yaml\nkind: Pod\n```\n")
    with pytest.raises(ValueError, match=r"no vm\.name"):
        field("kind: VMMigration\n", "vm.name")


def test_figures_are_read_off_the_agents_metrics() -> None:
    seen = figures(METRICS)
    assert (seen.percent, seen.remaining, seen.rate) == (75.0, 5.0e7, 1.0e7)
    assert seen.left == "10 s left"


def test_a_migration_that_failed_says_why() -> None:
    ready = {"type": "Ready", "reason": "Other", "message": "no"}
    succeeded = {"type": "Succeeded", "reason": "ChecksFailed", "message": "1 check failed. Memory: no"}
    assert why({"conditions": [ready, succeeded]}) == "ChecksFailed: 1 check failed. Memory: no"


def test_without_a_job_there_is_nothing_to_show() -> None:
    assert figures("") == Figures()
    assert Figures().left == ""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_line_that_says_nothing_new_is_written_once_into_a_file() -> None:
    out = io.StringIO()
    shown = Shown(out)
    for text in ("Pending   ", "Pending   ", "Migrating 1 %", "Migrating 2 %", "Migrating 2 %"):
        shown.now(text)
    shown.last("Migrating 2 %")
    assert out.getvalue().splitlines() == ["Pending", "Migrating 1 %", "Migrating 2 %"]


def test_on_a_terminal_the_line_moves_and_the_last_one_stays() -> None:
    out = Terminal()
    shown = Shown(out)
    shown.now("Pending")
    shown.last("Succeeded")
    assert out.getvalue() == "\r\033[KPending\r\033[KSucceeded\n"


def test_the_line_shows_phase_share_rate_and_time_left() -> None:
    shown = line("Migrating", Figures(percent=50.0, remaining=3 << 20, rate=2 << 20, dirty_rate=1 << 20))
    assert shown.split() == [
        "Migrating",
        f"[{'#' * 15}{'.' * 15}]",
        "50",
        "%",
        "2.0",
        "MiB/s",
        "3",
        "s",
        "left",
    ]
