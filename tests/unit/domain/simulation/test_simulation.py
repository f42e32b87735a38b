import time

import pytest

from godwit.domain.guest import Marks
from godwit.domain.migration import Phase

from .simulation import Simulation


def settled(seed: int, *, strict: bool) -> Simulation:
    simulation = Simulation(seed, strict=strict)
    simulation.run()
    return simulation


@pytest.mark.parametrize("strict", [False, True])
def test_x(strict: bool) -> None:
    began = time.monotonic()
    bad = {}
    phases = {}
    for seed in range(400):
        try:
            s = settled(seed, strict=strict)
            m = s.api.migration
            p = m.status.phase if m else "gone"
            c = [x.message for x in m.status.conditions[:1]] if m else []
            phases.setdefault((p, s.libvirt.source.state.value, s.libvirt.destination.state.value, len(s.api.tasks), s.api.holder, bool(m and m.finalizer)), []).append((seed, c))
        except AssertionError as e:
            bad.setdefault(str(e)[:80], []).append(seed)
    print(time.monotonic() - began)
    for k, v in phases.items(): print(k, len(v), v[0])
    for k, v in bad.items(): print("BAD", k, len(v), v[:5])
    assert 0
