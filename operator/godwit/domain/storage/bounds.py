"""How large a guest may be: what the objects hold of it is all of it, or nothing is begun."""

from godwit.domain.guest import GuestFacts
from godwit.domain.storage.facts import layers_of
from godwit.domain.storage.proof import probes_for

MOST_DISKS = 1000
MOST_LAYERS = 256
MOST_DIRECTORIES = 64
MOST_FILES = 4096
"""Of a guest, in one directory."""


def too_large(facts: GuestFacts) -> str:
    """Why this guest can't be told of; empty when it can."""
    probes = probes_for(facts, "")
    counts = (
        (len(facts.disks), MOST_DISKS, "disks"),
        (max((len(layers_of(disk)) for disk in facts.disks), default=0), MOST_LAYERS, "layers below a disk"),
        (len(probes), MOST_DIRECTORIES, "directories with its images"),
        (max((len(probe.images) for probe in probes), default=0), MOST_FILES, "images in one directory"),
    )
    over = [f"{count} {what} (at most {most} can be moved)" for count, most, what in counts if count > most]
    return f"VM {facts.view.name} has {'; '.join(over)}" if over else ""
