import shutil
import subprocess
from collections.abc import Callable

import pytest
from prometheus_client import generate_latest

from godwit.domain.guest import JobStats
from godwit.domain.image import Mirror
from godwit.domain.migration import Outcome, Phase
from godwit.domain.reasons import Reason
from godwit.telemetry.common import ProcessMetrics
from godwit.telemetry.metrics import AgentMetrics, OperatorMetrics

STATS = JobStats(
    elapsed_milliseconds=1500,
    data_total_bytes=4000,
    data_processed_bytes=3000,
    data_remaining_bytes=1000,
    memory_total_bytes=1500,
    memory_remaining_bytes=600,
    rate_bytes_per_second=2000,
    dirty_rate_bytes_per_second=100,
    iteration=3,
    throttle_percent=20,
    downtime_milliseconds=300,
)
MIRRORS = (Mirror("vda", 2000, 2000), Mirror("vdb", 100, 500))


def value(metrics: ProcessMetrics, series: str, /, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(series, labels)


def busy_operator() -> OperatorMetrics:
    metrics = OperatorMetrics("0.1.0")
    metrics.count_phases({Phase.MIGRATING: 2, Phase.SUCCEEDED: 1})
    metrics.phase_ended(Phase.MIGRATING, 8.5)
    metrics.finished(Outcome.SUCCEEDED, Reason.SUCCEEDED, 12.0, 0.12, 4096)
    metrics.finished(Outcome.FAILED, Reason.START_TIMEOUT, 300.0, None, 0)
    metrics.api_write("MigrationTask", "create", 201)
    metrics.reconciled("migrations", "success", 0.002)
    return metrics


def busy_agent() -> AgentMetrics:
    metrics = AgentMetrics("0.1.0")
    metrics.libvirt_connected(True)
    metrics.libvirt_call("jobStats", "ok", 0.003)
    metrics.progress("shop", "move-vm1", STATS, MIRRORS)
    return metrics


def test_migrations_are_counted_by_phase_and_absent_phases_are_zero() -> None:
    metrics = busy_operator()
    assert value(metrics, "vmmigration_migrations", phase="Migrating") == 2
    metrics.count_phases({Phase.SUCCEEDED: 3})
    assert value(metrics, "vmmigration_migrations", phase="Migrating") == 0
    assert value(metrics, "vmmigration_migrations", phase="Succeeded") == 3


def test_an_end_counts_its_result_reason_time_downtime_and_bytes() -> None:
    metrics = busy_operator()
    assert value(metrics, "vmmigration_finished_total", result="Succeeded", reason="Succeeded") == 1
    assert value(metrics, "vmmigration_finished_total", result="Failed", reason="StartTimeout") == 1
    assert value(metrics, "vmmigration_duration_seconds_sum", result="Succeeded") == 12.0
    assert value(metrics, "vmmigration_transferred_bytes_total") == 4096


def test_a_preflight_alone_is_counted_and_is_no_duration_of_a_migration() -> None:
    metrics = OperatorMetrics("0.1.0")
    metrics.finished(Outcome.SUCCEEDED, Reason.VALID, None, None, 0)
    assert value(metrics, "vmmigration_finished_total", result="Succeeded", reason="Valid") == 1
    assert value(metrics, "vmmigration_duration_seconds_count", result="Succeeded") == 0


def test_an_unknown_downtime_is_not_counted_as_none_at_all() -> None:
    assert value(busy_operator(), "vmmigration_downtime_seconds_count") == 1


def test_downtimes_of_ten_milliseconds_and_ten_seconds_are_told_apart_at_both_ends() -> None:
    metrics = OperatorMetrics("0.1.0")
    for downtime_seconds in (0.009, 9.0, 11.0):
        metrics.finished(Outcome.SUCCEEDED, Reason.SUCCEEDED, 1.0, downtime_seconds, 0)
    assert value(metrics, "vmmigration_downtime_seconds_bucket", le="0.01") == 1
    assert value(metrics, "vmmigration_downtime_seconds_bucket", le="10.0") == 2
    assert value(metrics, "vmmigration_downtime_seconds_bucket", le="+Inf") == 3


def test_every_known_series_is_there_before_anything_happened() -> None:
    metrics = OperatorMetrics("0.1.0")
    assert value(metrics, "vmmigration_finished_total", result="Succeeded", reason="Succeeded") == 0
    assert value(metrics, "vmmigration_finished_total", result="Succeeded", reason="Valid") == 0
    assert value(metrics, "vmmigration_finished_total", result="Failed", reason="Valid") is None
    assert value(metrics, "vmmigration_finished_total", result="Cancelled", reason="Cancelled") == 0
    assert value(metrics, "vmmigration_finished_total", result="Failed", reason="LibvirtError") == 0
    assert value(metrics, "vmmigration_finished_total", result="Failed", reason="Queued") is None
    for phase in Phase:
        assert value(metrics, "vmmigration_migrations", phase=phase) == 0
    assert value(metrics, "vmmigration_phase_duration_seconds_count", phase="Migrating") == 0
    assert value(metrics, "vmmigration_phase_duration_seconds_count", phase="Copying") == 0
    assert value(metrics, "vmmigration_finished_total", result="Failed", reason="Copying") is None
    assert value(metrics, "vmmigration_finished_total", result="Failed", reason="NoSpace") == 0


def test_writes_and_passes_are_counted() -> None:
    metrics = busy_operator()
    assert (
        value(metrics, "vmmigration_api_writes_total", kind="MigrationTask", verb="create", code="201") == 1
    )
    assert (
        value(metrics, "vmmigration_reconcile_duration_seconds_count", loop="migrations", result="success")
        == 1
    )


def test_progress_is_in_base_units() -> None:
    metrics = busy_agent()
    labels = {"namespace": "shop", "name": "move-vm1"}
    assert value(metrics, "vmmigration_progress_ratio", **labels) == 0.75
    assert value(metrics, "vmmigration_data_bytes", **labels) == 4000
    assert value(metrics, "vmmigration_data_processed_bytes", **labels) == 3000
    assert value(metrics, "vmmigration_data_remaining_bytes", **labels) == 1000
    assert value(metrics, "vmmigration_memory_bytes", **labels) == 1500
    assert value(metrics, "vmmigration_memory_remaining_bytes", **labels) == 600
    assert value(metrics, "vmmigration_transfer_rate_bytes_per_second", **labels) == 2000
    assert value(metrics, "vmmigration_dirty_rate_bytes_per_second", **labels) == 100
    assert value(metrics, "vmmigration_memory_iteration", **labels) == 3
    assert value(metrics, "vmmigration_throttle_ratio", **labels) == 0.2
    assert value(metrics, "vmmigration_expected_downtime_seconds", **labels) == 0.3


def test_each_copied_disk_is_told_for_itself_and_the_last_word_stays_when_its_mirror_is_gone() -> None:
    metrics = busy_agent()
    metrics.progress("shop", "move-vm1", STATS, MIRRORS[1:])
    for disk, copied, total in (("vda", 2000, 2000), ("vdb", 100, 500)):
        labels = {"namespace": "shop", "name": "move-vm1", "disk": disk}
        assert value(metrics, "vmmigration_disk_copied_bytes", **labels) == copied
        assert value(metrics, "vmmigration_disk_bytes", **labels) == total


def test_a_disk_is_not_told_of_before_it_is_known_how_much_there_is_to_copy() -> None:
    metrics = AgentMetrics("0.1.0")
    metrics.progress("shop", "move-vm1", STATS, (Mirror("vda"),))
    labels = {"namespace": "shop", "name": "move-vm1", "disk": "vda"}
    assert value(metrics, "vmmigration_disk_bytes", **labels) is None
    assert value(metrics, "vmmigration_disk_copied_bytes", **labels) is None


def test_a_job_that_has_not_said_its_size_is_at_zero_and_one_that_sends_pages_twice_is_not_above_one() -> (
    None
):
    metrics = busy_agent()
    labels = {"namespace": "shop", "name": "move-vm1"}
    metrics.progress("shop", "move-vm1", JobStats())
    assert value(metrics, "vmmigration_progress_ratio", **labels) == 0
    metrics.progress("shop", "move-vm1", JobStats(data_total_bytes=10, data_processed_bytes=15))
    assert value(metrics, "vmmigration_progress_ratio", **labels) == 1


def test_an_ended_migration_leaves_no_series_and_others_stay() -> None:
    metrics = busy_agent()
    metrics.progress("shop", "move-vm2", STATS, MIRRORS)
    metrics.forget("shop", "move-vm1")
    metrics.forget("shop", "never-known")
    text = generate_latest(metrics.registry).decode()
    assert "move-vm1" not in text
    assert text.count('name="move-vm2"') == 11 + 2 * len(MIRRORS)


def test_what_runs_is_told() -> None:
    assert value(busy_operator(), "vmmigration_build_info", component="operator", version="0.1.0") == 1
    assert value(busy_agent(), "vmmigration_build_info", component="agent", version="0.1.0") == 1


@pytest.mark.parametrize("make", [busy_operator, busy_agent])
def test_promtool_finds_nothing_to_say(make: Callable[[], ProcessMetrics]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool: it is in Debian's package prometheus")
    text = generate_latest(make().registry)
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
