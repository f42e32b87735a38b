"""`down`: what `up` started ends, exactly; safe when half of it is gone."""

import shutil

from labkit import box, cgroups, network
from labkit.guest import observer
from labkit.lab import Lab, boxes
from labkit.registry import alone, forget_lab


def down(lab: Lab) -> None:
    """End and remove all that bears the lab's name or number; what the cache holds stays."""
    with alone(lab):
        observer.end_all(lab)
        for name in boxes(lab):
            box.remove(lab, name)
        network.remove_bridges(lab)
        cgroups.remove_all(lab)
        for path in lab.state.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != "number":
                path.unlink()
        forget_lab(lab)
