"""What a person does about `NeedsAttention`: `spec.resolution`, as the message offers it; or lets it go."""

import time

from faultkit.settle import PROMISED_SECONDS, Rest, rest
from faultkit.stage import Stage
from labkit.shell import LabError, wait_for

KEEP_DESTINATION = "KeepDestination"
_ENDS_AS = {"KeepSource": ("Failed", "Cancelled"), KEEP_DESTINATION: ("Succeeded",)}


def offered(message: str) -> list[str]:
    """The resolutions that the message explains; pure."""
    return [choice for choice in _ENDS_AS if f"{choice}:" in message]


def resolve(stage: Stage, wanted: str) -> tuple[str, list[str]]:
    """What was chosen, empty where nothing is offered; and every finding of how that ended."""
    choices = offered(_message(stage))
    if not choices:
        return "", _let_go(stage)
    choice = wanted if wanted in choices else choices[0]
    stage.note(f"spec.resolution: {choice}")
    since = time.time()
    stage.client.must("PATCH", stage.story.path, {"spec": {"resolution": choice}})
    left_attention = _until_it_moves(stage)
    ended = (
        rest(stage, since, healed=True) if left_attention else Rest(0, ("the resolution changes nothing",))
    )
    if stage.story.final and stage.story.phase not in _ENDS_AS[choice]:
        return choice, [*ended.findings, f"{choice} ends as {stage.story.phase}"]
    return choice, list(ended.findings)


def _message(stage: Stage) -> str:
    return " ".join(each.get("message", "") for each in stage.story.status.get("conditions", []))


def _until_it_moves(stage: Stage) -> bool:
    try:
        wait_for("the resolution", lambda: stage.story.phase != "NeedsAttention", PROMISED_SECONDS)
    except LabError:
        return False
    return True


def _let_go(stage: Stage) -> list[str]:
    """Nothing can be kept: the guest is gone for good, and so may the object be."""
    stage.note("no resolution is offered: it is deleted")
    stage.client.must("DELETE", stage.story.path)
    try:
        wait_for("it to go", lambda: stage.story.gone, PROMISED_SECONDS)
    except LabError:
        return [f"no resolution is offered, and after its deletion it stays for {PROMISED_SECONDS:.0f} s"]
    return []
