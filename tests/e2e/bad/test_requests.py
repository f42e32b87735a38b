"""What the API server itself refuses, by the installed definition of VMMigration: nobody acts on it."""

import json

import pytest

from ..api_server import Body
from .scene import Scene, migration

pytestmark = pytest.mark.e2e

TEN_KILOBYTES = "a" * 10_000


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("startTimeout", value) for value in ("-1", "0", "0s", "soon", "1e30h", "", TEN_KILOBYTES)),
        *(("vm.name", value) for value in ("", TEN_KILOBYTES)),
        *(("source.hypervisor", value) for value in ("", TEN_KILOBYTES)),
        *(("destination.hypervisor", value) for value in ("", TEN_KILOBYTES)),
    ],
    ids=lambda value: repr(value) if len(value) < 50 else f"{len(value)} characters",
)
def test_a_value_that_means_nothing_is_refused_by_its_fields_name(
    scene: Scene, field: str, value: str
) -> None:
    spec: Body = {"vm": {"name": "any"}, "destination": {"hypervisor": "host2"}}
    *parents, last = field.split(".")
    place = spec
    for parent in parents:
        place = place.setdefault(parent, {})
    place[last] = value
    said = scene.cluster.refusal(
        "create", "-f", "-", stdin=json.dumps(migration(scene.namespace, "refused", spec))
    )
    assert f"spec.{field}: " in said


@pytest.mark.parametrize(
    "change",
    [
        {"vm": {"name": "another"}},
        {"destination": {"hypervisor": "host1"}},
        {"source": {"hypervisor": "host1"}},
        {"safety": {"unsafe": True}},
        {"startTimeout": None},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_spec_that_is_changed_is_refused_with_what_to_do_instead(
    scene: Scene, ended: str, change: Body
) -> None:
    said = scene.cluster.refusal(
        "patch",
        "vmmigration",
        ended,
        "-n",
        scene.namespace,
        "--type=merge",
        "-p",
        json.dumps({"spec": change}),
    )
    assert "the spec can't be changed" in said
    assert "create another VMMigration instead" in said


@pytest.fixture(scope="module")
def ended(scene: Scene) -> str:
    """A migration that is over, by its name."""
    scene.ask("ended", "no-such-vm", "host2", startTimeout="1m")
    scene.until("ended", "Failed")
    return "ended"
