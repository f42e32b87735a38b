"""Which hosts could be asked to take a guest at all, and why the others can't."""

from collections.abc import Mapping

from godwit.domain.choice.table import Candidate, Dismissed, Standing
from godwit.domain.host import Hypervisor
from godwit.domain.value import Value


class Hosts(Value):
    """All but the source."""

    candidates: tuple[Hypervisor, ...]
    """Selected, Ready, not given up before, and free of debts; by name."""
    others: tuple[Candidate, ...]
    """A row for each of the rest, those that are nearest to taking it first."""


def candidates(
    hypervisors: tuple[Hypervisor, ...],
    source: str,
    selector: Mapping[str, str],
    dismissed: tuple[Dismissed, ...] = (),
    owing: Mapping[str, str] | None = None,
) -> Hosts:
    """`owing` says of hosts what they still owe of a former migration of the same VM."""
    given_up = {each.hypervisor: each for each in dismissed}
    found, rows = [], []
    for host in hypervisors:
        if host.name == source:
            continue
        row = _barred(host, selector, given_up.get(host.name), (owing or {}).get(host.name))
        if row:
            rows.append(row)
        else:
            found.append(host)
    order = list(Standing)
    rows.sort(key=lambda row: (order.index(row.standing), row.hypervisor))
    return Hosts(tuple(sorted(found, key=lambda host: host.name)), tuple(rows))


def _barred(
    host: Hypervisor, selector: Mapping[str, str], dismissed: Dismissed | None, owed: str | None
) -> Candidate | None:
    if dismissed:
        return Candidate(host.name, Standing.REFUSED, dismissed.why, failed=dismissed.failed)
    labels = host.node.labels if host.node else {}
    if not selector.items() <= labels.items():
        lacking = ", ".join(f"{key}={value}" for key, value in selector.items() if labels.get(key) != value)
        return Candidate(host.name, Standing.NOT_SELECTED, f"its Node lacks {lacking}")
    if not host.ready or not host.has_told:
        why = "has not told anything yet" if host.ready else "does not renew its Lease"
        return Candidate(host.name, Standing.NOT_READY, f"its agent {why} (see its pod there)")
    return Candidate(host.name, Standing.REFUSED, owed) if owed else None


def unmatched(selector: Mapping[str, str], hypervisors: tuple[Hypervisor, ...], source: str) -> str:
    """What is wrong with a selector that leaves no host but the source; empty where it leaves one."""
    labels = {host.name: host.node.labels if host.node else {} for host in hypervisors}
    matched = [name for name, has in labels.items() if selector.items() <= has.items()]
    if [name for name in matched if name != source]:
        return ""
    wanted = ", ".join(f"{key}={value}" for key, value in selector.items())
    if matched:
        return f"destination.nodeSelector ({wanted}) matches {source} alone, where the VM is"
    told = []
    for key, value in selector.items():
        there = sorted({has[key] for has in labels.values() if key in has})
        if not there:
            told.append(f"no hypervisor's Node has a label {key}")
        elif value not in there:
            told.append(f"label {key} is never {value}, but {' or '.join(there[:5])}")
    why = "; ".join(told) or "no hypervisor's Node has all of them"
    return f"destination.nodeSelector ({wanted}) matches no hypervisor: {why}"
