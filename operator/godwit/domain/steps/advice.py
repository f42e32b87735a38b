"""What a person who has to decide should know: what either word costs, and what makes it needless."""

from godwit.domain.copies import copies_of
from godwit.domain.says import is_defined_there, may_have_run
from godwit.domain.steps.asking import Says
from godwit.domain.steps.images import disks
from godwit.domain.task import Task
from godwit.domain.vocabulary import DestinationSays, SourceSays

_SILENT_SOURCE = frozenset({SourceSays.UNREACHABLE, SourceSays.FENCED})
_SILENT_DESTINATION = frozenset({DestinationSays.UNREACHABLE, DestinationSays.FENCED})
_MAY_WAIT = _SILENT_SOURCE | {
    SourceSays.PAUSED_MIGRATION,
    SourceSays.PAUSED_API_ERROR,
    SourceSays.PAUSED_USER,
}
"""A source with a QEMU that would be let go on."""
_MAY_HAVE_RUN_ON = _SILENT_SOURCE | {
    SourceSays.OFF_ENDED,
    SourceSays.OFF_UNKNOWN,
    SourceSays.OFF_UNRECORDED,
    SourceSays.RUNNING,
    SourceSays.PAUSED_USER,
}
"""A source that nobody saw stand still since the switchover."""
_OFF = (SourceSays.OFF_MIGRATED, SourceSays.OFF_ENDED, SourceSays.OFF_UNRECORDED, SourceSays.OFF_UNKNOWN)
_DEFINITION_LACKS = {(source, DestinationSays.RUNNING) for source in (*_OFF, SourceSays.FENCED)} | {
    (SourceSays.OFF_MIGRATED, DestinationSays.PAUSED_FINISHED)
}
"""What would be committed with a definition at the destination."""


def way_out(source: Task, destination: Task, says: Says) -> list[str]:
    """What lets the migration go on by itself."""
    if says not in _DEFINITION_LACKS or is_defined_there(source, destination):
        return []
    name, there = source.spec.vm.name, destination.spec.node_name
    define = f"virsh dumpxml --inactive {name} | virsh define /dev/stdin"
    return [f"Define it on {there} (`{define}`), and the migration goes on by itself"]


def lost_with_the_destination(source: Task, destination: Task, says: Says) -> str:
    """What `KeepSource` costs, where the guest has, or may have, run at the destination; else empty."""
    ran = may_have_run(destination)
    if not ran and says[1] not in _SILENT_DESTINATION:
        return ""
    shared = _shared_disks(source)
    lost = _lost("has" if ran else "may have", destination.spec.node_name, shared)
    waits = shared and says[0] in _MAY_WAIT
    return f"{lost}. {_older(source.spec.node_name, shared)}" if waits else lost


def lost_with_the_source(source: Task, destination: Task, says: Says) -> str:
    """What `KeepDestination` costs, where the guest may have run on at the source; else empty."""
    here, told = source.spec.node_name, []
    if says[1] is DestinationSays.PAUSED_FINISHED and says[0] in _MAY_HAVE_RUN_ON:
        shared = _shared_disks(source)
        told.append(_lost("may have", here, shared))
        if shared:
            told.append(_older(destination.spec.node_name, shared))
    if not is_defined_there(source, destination):
        told.append(f"The only definition, the one on {here}, is dropped")
    return ". ".join(told)


def _lost(has: str, host: str, shared: tuple[str, ...]) -> str:
    but = f", but for what is on {disks(shared)}" if shared else ""
    return f"What the guest {has} done on {host} since the switchover is lost{but}"


def _older(host: str, shared: tuple[str, ...]) -> str:
    return (
        f"Any memory of it that waits on {host} is older than {disks(shared)}: going on with that may damage "
        "what is on them"
    )


def _shared_disks(source: Task) -> tuple[str, ...]:
    """Targets of those that it writes to and that are not copied: both hosts see their newest state."""
    copied = {copy.target for copy in copies_of(source)}
    facts = source.status.facts
    return tuple(
        disk.target for disk in (facts.disks if facts else ()) if disk.writable and disk.target not in copied
    )
