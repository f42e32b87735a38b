from benchkit import preflight


def verdicts(took: float, written: int, cpu_seconds: float) -> list[str]:
    return [figure.verdict for figure in preflight.judge([took], [written], cpu_seconds).figures]


def test_what_is_promised_of_a_preflight_is_ok_up_to_its_limit() -> None:
    assert verdicts(2.0, 16, 1.0) == ["ok", "ok", "ok", "ok"]


def test_each_figure_is_missed_by_itself() -> None:
    assert verdicts(2.1, 16, 1.0) == ["MISSED", "ok", "ok", "ok"]
    assert verdicts(2.0, 17, 1.0) == ["ok", "ok", "MISSED", "ok"]
    assert verdicts(2.0, 16, 1.1) == ["ok", "ok", "ok", "MISSED"]


def test_the_chain_is_measured_on_as_many_candidates_as_are_asked_for() -> None:
    assert 0 < preflight.chain_seconds(10) < preflight.chain_seconds(1000)
