"""A run, moment by moment: the campaign, Kubernetes' watch, libvirt, and the looks at the hosts; pure."""

from collections.abc import Sequence

from benchkit.traces import Trace
from faultkit.sampler import Sample
from faultkit.stage import Note

_TELLING = ("lifecycle", "job-completed")


def timeline(
    began: float,
    notes: Sequence[Note],
    phases: Sequence[tuple[str, float]],
    traces: Sequence[Trace],
    samples: Sequence[Sample],
) -> list[str]:
    """A line per moment, counted in seconds from `began`."""
    moments = [
        *((note.at, note.who, note.what) for note in notes),
        *((at, "watch", f"phase {phase}") for phase, at in phases),
        *((t.at, t.host, f"libvirt {t.kind}: {t.detail}") for t in traces if t.kind in _TELLING),
        *_changes(samples),
    ]
    return [f"{at - began:8.3f}  {who:<8}  {what}" for at, who, what in sorted(moments)]


def _changes(samples: Sequence[Sample]) -> list[tuple[float, str, str]]:
    """When a state was first seen."""
    changes, known = [], dict[str, str]()
    for sample in samples:
        for host, state in sample.states.items():
            if known.get(host) != state:
                changes.append((sample.until, host, f"virsh domstate: {state}"))
        known = sample.states
    return changes
