"""What a watch's lines tell of one migration."""

import pytest

from benchkit.followed import Followed, Migration, take


def migration(phase: str = "", *, finalizer: bool = True) -> Migration:
    """As the API server sends it."""
    found: Migration = {
        "metadata": {"name": "m", "finalizers": ["godwit.dev/migration"] if finalizer else []}
    }
    if phase:
        found["status"] = {"phase": phase, "conditions": [{"type": "Succeeded", "message": f"it is {phase}"}]}
    return found


def test_each_phase_is_stamped_when_it_is_first_seen() -> None:
    followed = Followed()
    for now, phase in enumerate(["", "Pending", "Pending", "Migrating", "Succeeded", "Succeeded"]):
        take(followed, migration(phase), float(now))
    assert followed.phases == [("Pending", 1.0), ("Migrating", 3.0), ("Succeeded", 4.0)]
    assert followed.ended_at == 4.0


def test_it_is_closed_when_its_end_is_written_and_its_finalizer_is_gone() -> None:
    followed = Followed()
    take(followed, migration("Succeeded"), 1.0)
    assert not followed.closed
    take(followed, migration("Succeeded", finalizer=False), 2.0)
    assert followed.closed


def test_one_that_never_had_a_finalizer_is_not_closed_before_its_end() -> None:
    followed = Followed()
    take(followed, migration("", finalizer=False), 1.0)
    assert not followed.closed


def test_before_its_end_it_has_no_time_of_its_end() -> None:
    followed = Followed()
    take(followed, migration("Migrating"), 1.0)
    with pytest.raises(ValueError, match="Migrating"):
        _ = followed.ended_at


def test_figures_and_words_are_the_last_ones() -> None:
    followed = Followed()
    take(followed, migration("Preparing"), 1.0)
    last = migration("Succeeded")
    last["status"] |= {"result": {"bytes": 7}, "switchover": {"mode": "Strict"}}
    take(followed, last, 2.0)
    assert (followed.sent_bytes, followed.switchover, followed.message) == (7, "Strict", "it is Succeeded")


def test_the_disks_that_are_copied_are_counted() -> None:
    followed, found = Followed(), migration("Copying")
    found["status"]["disks"] = [{"action": "Copy"}, {"action": "Keep"}, {"action": "Copy"}]
    take(followed, found, 1.0)
    assert followed.copied == 2


def test_why_the_destination_was_chosen_is_kept_and_nothing_where_it_was_named() -> None:
    followed, found = Followed(), migration("Succeeded")
    take(followed, found, 1.0)
    assert followed.chosen == ""
    found["status"]["choice"] = {"why": "host2 is the best of 10 hosts"}
    take(followed, found, 2.0)
    assert followed.chosen == "host2 is the best of 10 hosts"
