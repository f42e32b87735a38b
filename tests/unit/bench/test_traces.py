"""What is read from `virsh event`, and what of it marks the memory's first round and the guest's going on."""

from benchkit.traces import Trace, first_round, parse, running, switchover_seconds


def heard(*lines: tuple[str, str]) -> list[Trace]:
    """Traces of `(host, rest of the line)`, each a second after the one before."""
    return [
        trace
        for second, (host, rest) in enumerate(lines)
        if (trace := parse(f"2026-01-02 03:04:{second:02}.500+0000: event {rest}", host))
    ]


def test_a_line_tells_when_to_whom_and_what() -> None:
    trace = parse(
        "2026-01-02 03:04:05.678+0000: event 'lifecycle' for domain 'vm1': Resumed Migrated\n", "host2"
    )
    assert trace == Trace(1767323045.678, "host2", "lifecycle", "vm1", "Resumed Migrated")


def test_an_event_without_detail_is_one_too() -> None:
    trace = parse("2026-01-02 03:04:05.678+0000: event 'reboot' for domain 'vm1'", "host1")
    assert trace and trace.detail == ""


def test_other_lines_are_none() -> None:
    assert parse("events received: 3", "host1") is None
    assert parse("", "host1") is None


def test_memory_flows_with_the_first_round_that_the_source_tells() -> None:
    seen = heard(
        ("host2", "'lifecycle' for domain 'g': Started Migrated"),
        ("host1", "'migration-iteration' for domain 'g': iteration: '1'"),
        ("host1", "'migration-iteration' for domain 'g': iteration: '2'"),
    )
    assert first_round(seen, "host1") == seen[1].at
    assert first_round(seen, "host2") is None


def test_the_guest_goes_on_where_it_is_resumed_whoever_did_that() -> None:
    for word in ("Resumed Migrated", "Resumed Unpaused"):
        seen = heard(
            ("host1", "'lifecycle' for domain 'g': Suspended Migrated"),
            ("host2", "'lifecycle' for domain 'g': Suspended Paused"),
            ("host2", f"'lifecycle' for domain 'g': {word}"),
        )
        assert running(seen, "host2") == seen[2].at


def test_a_source_that_is_resumed_is_no_destination_that_runs() -> None:
    seen = heard(("host1", "'lifecycle' for domain 'g': Resumed Unpaused"))
    assert running(seen, "host2") is None


def test_the_switchover_lasts_from_the_sources_stop_to_the_destinations_going_on() -> None:
    seen = heard(
        ("host2", "'lifecycle' for domain 'g': Started Migrated"),
        ("host1", "'lifecycle' for domain 'g': Suspended Migrated"),
        ("host2", "'lifecycle' for domain 'g': Suspended Paused"),
        ("host2", "'lifecycle' for domain 'g': Resumed Unpaused"),
    )
    assert switchover_seconds(seen, "host1", "host2") == 2
    assert switchover_seconds(seen, "host2", "host1") is None
