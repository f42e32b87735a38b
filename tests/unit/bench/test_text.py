"""How the answer reads, and that a machine reads the same."""

import json

from benchkit.figures import Figure, Section, spread
from benchkit.text import Circumstances, as_json, text

SEEN = Circumstances("lab", "godwit:1", cpus=2, load_at_start=0.5, load_at_end=1.5, took_seconds=61)
KEPT = Figure("a", 0.5, 1.0, "s", spread([0.4, 0.5, 0.6]))
MISSED = Figure("b", 50, 42.4)


def test_each_figure_stands_beside_its_promise_with_its_verdict_and_spread() -> None:
    line = text(SEEN, [Section("s", [KEPT])]).splitlines()[1]
    assert line.split() == [
        "a",
        "0.50",
        "s",
        "<=",
        "1",
        "s",
        "ok",
        "0.40",
        "..",
        "0.50",
        "..",
        "0.60",
        "(n=3)",
    ]


def test_the_last_line_counts_what_was_kept_and_what_was_missed() -> None:
    told = Figure("c", 9, None)
    assert text(SEEN, [Section("s", [KEPT, told])]).endswith("1 of 1 figures ok")
    assert text(SEEN, [Section("s", [KEPT, MISSED, told])]).endswith("1 of 2 figures ok, 1 MISSED")


def test_a_machine_that_was_too_busy_is_named_as_the_noise_that_it_is() -> None:
    busy = Circumstances("lab", "godwit:1", cpus=2, load_at_start=0.5, load_at_end=7, took_seconds=61)
    assert "than this machine has CPUs" in text(busy, [])
    assert "than this machine has CPUs" not in text(SEEN, [])


def test_machines_read_the_same() -> None:
    answer = json.loads(as_json(SEEN, [Section("s", [KEPT, MISSED], ["why"])]))
    (section,) = answer["sections"]
    assert [figure["verdict"] for figure in section["figures"]] == ["ok", "MISSED"]
    assert section["figures"][0]["spread"]["p99"] == 0.6
    assert (section["notes"], answer["circumstances"]["load_at_end"]) == (["why"], 1.5)
