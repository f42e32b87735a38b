"""What the operator says about a hypervisor in its conditions: for people, since decisions ask the facts."""

from datetime import datetime

from godwit.domain.conditions import Condition, ConditionStatus, kept
from godwit.domain.host import Hypervisor
from godwit.domain.storage.paths import lies_under, normal

READY, IMAGE_DIRECTORIES = "Ready", "ImageDirectories"


def conditions_of(hypervisor: Hypervisor, now: datetime) -> tuple[Condition, ...]:
    """All of them, those of anybody else as they are; equal to what is told where nothing is new."""
    before = hypervisor.status.conditions
    wanted = (_ready(hypervisor, now), *_image_directories(hypervisor, now))
    others = tuple(each for each in before if each.type not in (READY, IMAGE_DIRECTORIES))
    return (*others, *(kept(before, each) for each in wanted))


def _ready(hypervisor: Hypervisor, now: datetime) -> Condition:
    """Whether the agent gives signs of life."""
    if hypervisor.ready:
        return Condition(READY, ConditionStatus.TRUE, "AgentAlive", now, "the agent renews its Lease")
    silent = "the agent has not renewed its Lease for 40 s: see its pod on that node"
    return Condition(READY, ConditionStatus.FALSE, "AgentSilent", now, silent)


def _image_directories(hypervisor: Hypervisor, now: datetime) -> tuple[Condition, ...]:
    """Whether the agent sees what the admin has named; nothing where he named none, or nobody has looked."""
    asked, status = hypervisor.spec.image_directories, hypervisor.status
    if not asked or status.observed_generation < 0:
        return ()
    given = [directory.path for directory in status.image_directories]
    hidden = [path for path in asked if not any(_holds(directory, path) for directory in given)]
    if not hidden:
        seen = "the agent sees every directory of spec.imageDirectories"
        return (Condition(IMAGE_DIRECTORIES, ConditionStatus.TRUE, "Seen", now, seen),)
    seen = ", ".join(given) or "nothing"
    message = (
        f"the agent on {hypervisor.name} does not see {', '.join(hidden)}, so no image is made there. "
        f"It sees what the chart's agent.imageDirectories names ({seen}): add to these values "
        "what is missing and upgrade the release, or take it out of spec.imageDirectories"
    )
    return (Condition(IMAGE_DIRECTORIES, ConditionStatus.FALSE, "NotSeen", now, message),)


def _holds(directory: str, path: str) -> bool:
    return normal(path) == normal(directory) or lies_under(path, directory)
