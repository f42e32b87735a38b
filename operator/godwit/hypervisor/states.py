"""virDomainState and its reasons as the domain's words.

Numbers and not the binding's names: the one of libvirt 9.0 lacks the newest. They are part of libvirt's ABI.
"""

from godwit.domain.guest import DomainState, StateReason

_STATES: dict[int, DomainState] = {
    0: DomainState.NO_STATE,
    1: DomainState.RUNNING,
    2: DomainState.BLOCKED,
    3: DomainState.PAUSED,
    4: DomainState.SHUTDOWN,
    5: DomainState.SHUTOFF,
    6: DomainState.CRASHED,
    7: DomainState.PM_SUSPENDED,
}
_REASONS: dict[DomainState, dict[int, StateReason]] = {
    DomainState.RUNNING: {
        1: StateReason.BOOTED,
        2: StateReason.MIGRATED,
        5: StateReason.UNPAUSED,
        6: StateReason.MIGRATION_CANCELED,
        10: StateReason.POSTCOPY,
        11: StateReason.POSTCOPY_FAILED,
    },
    DomainState.PAUSED: {
        1: StateReason.USER,
        2: StateReason.MIGRATION,
        5: StateReason.IO_ERROR,
        10: StateReason.CRASHED,
        11: StateReason.STARTING_UP,
        12: StateReason.POSTCOPY,
        13: StateReason.POSTCOPY_FAILED,
        14: StateReason.API_ERROR,
    },
    DomainState.SHUTDOWN: {1: StateReason.USER},
    DomainState.SHUTOFF: {
        1: StateReason.SHUTDOWN,
        2: StateReason.DESTROYED,
        3: StateReason.CRASHED,
        4: StateReason.MIGRATED,
        6: StateReason.FAILED,
        8: StateReason.DAEMON,
    },
    DomainState.CRASHED: {1: StateReason.CRASHED},
}


def state_of(state: int, reason: int) -> tuple[DomainState, StateReason]:
    """What `virDomainGetState` gave; 0 is libvirt's "unknown" in every state."""
    known = _STATES.get(state, DomainState.NO_STATE)
    if reason == 0:
        return known, StateReason.UNKNOWN
    return known, _REASONS.get(known, {}).get(reason, StateReason.OTHER)
