from godwit.hypervisor.writes import Written, rate


def test_the_rate_is_what_was_written_in_between() -> None:
    assert rate(Written(10.0, 1000), Written(10.5, 2000)) == 2000


def test_a_guest_that_was_started_anew_wrote_nothing_less() -> None:
    assert rate(Written(10.0, 1000), Written(10.3, 0)) == 0
