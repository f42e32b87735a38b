"""How long a job's figures have been the same, also where nobody could look for a while."""

from godwit.agent.memory import GAP_SECONDS, Movement


def watched(*moments: tuple[float, int]) -> Movement:
    """The figure at each second."""
    movement = Movement()
    for now, figure in moments:
        movement.see(figure, 1000 + now)
    return movement


def test_figures_stall_from_the_look_that_showed_them_first() -> None:
    assert watched((0, 1), (5, 1), (9, 1)).stalled_seconds == 9
    assert watched((0, 1), (5, 2), (9, 2)).stalled_seconds == 4
    assert watched((0, 1)).stalled_seconds == 0


def test_those_that_are_the_same_after_a_gap_did_not_move_in_it_but_have_time_to_go_on() -> None:
    """A frozen libvirtd lets a sound job stand still."""
    before = tuple((second, 1) for second in range(20))
    late = (19 + 2 * GAP_SECONDS, 1)
    assert watched(*before, late).stalled_seconds == 0
    after = tuple((late[0] + second, 1) for second in range(1, int(GAP_SECONDS)))
    assert watched(*before, late, *after).stalled_seconds == 0
    assert watched(*before, late, *after, (late[0] + GAP_SECONDS, 1)).stalled_seconds == late[0] + GAP_SECONDS
    assert watched(*before, late, *after, (late[0] + GAP_SECONDS, 2)).stalled_seconds == 0


def test_figures_that_moved_in_a_gap_begin_anew() -> None:
    assert watched((0, 1), (3 * GAP_SECONDS, 2), (3 * GAP_SECONDS + 4, 2)).stalled_seconds == 4
