"""How much of a job is done, as virsh words it."""

import pytest

from faultkit.moments import sent

COPYING = """Job type:         Unbounded
Operation:        Outgoing migration
Data remaining:   48.000 MiB
File processed:   16.000 MiB
File remaining:   48.000 MiB
File total:       64.000 MiB
"""
SENDING = (
    f"{COPYING}Memory processed: 10.0 MiB\nMemory remaining: 96.000 MiB\nMemory total:     128.000 MiB\n"
)


@pytest.mark.parametrize(
    ("said", "what", "percent"),
    [
        (COPYING, "File", 25),
        (COPYING, "Memory", 0),
        (SENDING, "Memory", 25),
        ("Job type:         None\n", "File", 0),
        ("File remaining:   0.000 B\nFile total:       0.000 B\n", "File", 0),
    ],
)
def test_memory_and_files_are_told_apart(said: str, what: str, percent: float) -> None:
    assert sent(said, what) == percent
