"""A host's own file system for images is full, without anything being written to it."""

from labkit import box
from labkit.lab import LOCAL, Lab
from labkit.shell import LabError

_NAME = ".lab-fill"
# Allocates what is free in halves that fit, down to a block; what is left then is smaller than one.
_FILL = """
set -u
cd "$1"
leave=$2
number=0
step=$(( $(stat -f -c '%a * %S' .) - leave ))
while [ $step -ge 4096 ]; do
  free=$(( $(stat -f -c '%a * %S' .) - leave ))
  [ $free -ge 4096 ] || break
  [ $step -le $free ] || step=$(( free / 4096 * 4096 ))
  if fallocate -l $step "$3-$number" 2> /dev/null; then
    number=$(( number + 1 ))
  else
    rm -f "$3-$number"
    step=$(( step / 8192 * 4096 ))
  fi
done
"""


def fill(lab: Lab, host: str, leave_bytes: int = 0) -> None:
    """At most `leave_bytes` are free in `LOCAL` now; what an earlier call took is given back first."""
    empty(lab, host)
    free = free_bytes(lab, host)
    if free < leave_bytes:
        raise LabError(f"{host} has {free} bytes free in {LOCAL}: it can't leave {leave_bytes}")
    box.inside(lab, host, "sh", "-c", _FILL, "sh", str(LOCAL), str(leave_bytes), _NAME)


def empty(lab: Lab, host: str) -> None:
    """What `fill` took is free again."""
    box.inside(lab, host, "sh", "-c", f"rm -f {LOCAL}/{_NAME}-*")


def free_bytes(lab: Lab, host: str) -> int:
    """Free in `LOCAL`."""
    blocks, size = box.inside(lab, host, "stat", "-f", "-c", "%a %S", str(LOCAL)).split()
    return int(blocks) * int(size)
