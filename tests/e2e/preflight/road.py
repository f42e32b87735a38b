"""What `mode: Validate` says of a guest's way from host1 to host2, as kubectl tells it."""

from itertools import count

from ..api_server import Body
from ..bad.scene import END_SECONDS, FINAL, POLL_SECONDS, Scene
from ..lab import wait_until

HERE, THERE = "host1", "host2"
ROAD = ("Reachable", "MigrationPort", "TLS", "ClientCertificate", "Clock")
_numbers = count(1)


def verdicts(scene: Scene, guest: str, **more: object) -> list[Body]:
    """Every check's; `more` are further fields of the spec."""
    name = f"validate-{next(_numbers)}"
    scene.ask(name, guest, THERE, mode="Validate", **more)
    wait_until(f"{name} to end", lambda: scene.told(name).phase in FINAL, END_SECONDS, POLL_SECONDS)
    found: list[Body] = scene.clean(name).body["status"]["checks"]
    return found


def wrong(found: list[Body]) -> dict[str, str]:
    """The result of each check that did not pass, of all that there are."""
    good = ("Pass", "NotApplicable")
    assert all(check["remedy"] for check in found if check["result"] not in good)
    return {check["name"]: check["result"] for check in found if check["result"] not in good}


def of(found: list[Body], name: str) -> Body:
    """The one verdict of that check."""
    [check] = [each for each in found if each["name"] == name]
    return check
