"""libvirt's numbers and dictionaries as the domain's words."""

import pytest

from godwit.domain.guest import DomainState, Job, Marks, StateReason
from godwit.domain.task import StopDetail
from godwit.hypervisor import events, mirrors
from godwit.hypervisor.jobstats import Raw, job_of, job_stats
from godwit.hypervisor.migrateparams import flags_of
from godwit.hypervisor.ports import EventKind, MigrationRequest
from godwit.hypervisor.states import state_of

UNDEFINE_SOURCE, NON_SHARED_DISK, NON_SHARED_INC, TUNNELLED = 16, 64, 128, 4
NEVER = UNDEFINE_SOURCE | NON_SHARED_DISK | NON_SHARED_INC | TUNNELLED


class Domain:
    def UUIDString(self) -> str:  # noqa: N802 - libvirt's name
        return "u"


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((1, 6), (DomainState.RUNNING, StateReason.MIGRATION_CANCELED)),
        ((1, 3), (DomainState.RUNNING, StateReason.OTHER)),
        ((3, 1), (DomainState.PAUSED, StateReason.USER)),
        ((3, 2), (DomainState.PAUSED, StateReason.MIGRATION)),
        ((3, 14), (DomainState.PAUSED, StateReason.API_ERROR)),
        ((5, 0), (DomainState.SHUTOFF, StateReason.UNKNOWN)),
        ((5, 4), (DomainState.SHUTOFF, StateReason.MIGRATED)),
        ((99, 1), (DomainState.NO_STATE, StateReason.OTHER)),
    ],
)
def test_states_have_their_words(numbers: tuple[int, int], words: tuple[DomainState, StateReason]) -> None:
    assert state_of(*numbers) == words


@pytest.mark.parametrize(
    ("raw", "job"),
    [
        ({"type": 0}, Job.NONE),
        ({"type": 2, "operation": 5}, Job.MIGRATION_OUT),
        ({"type": 2, "operation": 4}, Job.MIGRATION_IN),
        ({"type": 2, "operation": 2}, Job.OTHER),
        ({"type": 1}, Job.OTHER),
    ],
)
def test_jobs_are_told_apart(raw: Raw, job: Job) -> None:
    assert job_of(raw) is job


def test_the_dirty_rate_is_given_in_bytes() -> None:
    stats = job_stats({"memory_dirty_rate": 3, "memory_page_size": 4096, "memory_bps": 7})
    assert (stats.dirty_rate_bytes_per_second, stats.rate_bytes_per_second) == (12288, 7)
    assert stats.downtime_milliseconds is None


def test_the_end_of_a_guest_is_told_with_its_detail() -> None:
    details = [events.lifecycle(Domain(), 5, detail) for detail in range(7)]
    assert [event.stop for event in details if event] == [
        StopDetail.SHUTDOWN,
        StopDetail.DESTROYED,
        StopDetail.CRASHED,
        StopDetail.MIGRATED,
        StopDetail.SAVED,
        StopDetail.FAILED,
        StopDetail.OTHER,
    ]


def test_only_a_migrations_stop_and_go_bear_its_sign() -> None:
    suspended = [events.lifecycle(Domain(), 3, detail) for detail in (0, 1, 2)]
    resumed = [events.lifecycle(Domain(), 4, detail) for detail in (0, 1)]
    assert [event.migrated for event in suspended + resumed if event] == [False, True, False, False, True]


def test_events_that_decide_nothing_are_dropped() -> None:
    assert events.lifecycle(Domain(), 6, 0) is None
    assert events.lifecycle(Domain(), 77, 0) is None
    assert events.job_completed(Domain(), {"type": 3, "operation": 2}) is None


async def test_a_reader_gets_what_comes_after_it_began() -> None:
    stream = events.Stream()
    stream.put(events.connected())
    stream.put(events.iteration(Domain()))
    reader = stream.read()
    stream.put(events.disconnected())
    assert [(await anext(reader)).kind for _ in range(2)] == [EventKind.CONNECTED, EventKind.DISCONNECTED]


@pytest.mark.parametrize("persistent", [True, False])
@pytest.mark.parametrize("paused", [True, False])
@pytest.mark.parametrize("unsafe", [True, False])
def test_flags_are_always_safe_and_say_what_was_asked(persistent: bool, paused: bool, unsafe: bool) -> None:
    flags = flags_of(
        MigrationRequest(
            uuid="u",
            destination_uri="d",
            migrate_uri="m",
            live_marks=Marks(),
            devices_digest="x",
            persistent=persistent,
            paused_at_destination=paused,
            unsafe=unsafe,
        )
    )
    live, peer_to_peer, tls = 1, 2, 1 << 16
    assert flags & (live | peer_to_peer | tls) == live | peer_to_peer | tls
    assert not flags & NEVER
    assert [bool(flags & bit) for bit in (8, 32, 512)] == [persistent, paused, unsafe]


@pytest.mark.parametrize(
    ("libvirt_says", "means"),
    [
        ((0, 1), (0, None)),
        ((1, 1), (0, 0)),
        ((0, 512), (0, 512)),
        ((511, 512), (511, 512)),
        ((512, 512), (512, 512)),
    ],
)
def test_what_libvirt_says_of_a_mirror_that_has_not_counted_is_no_figure(
    libvirt_says: tuple[int, int], means: tuple[int, int | None]
) -> None:
    assert mirrors.figures(*libvirt_says) == means
