"""What the API server says to a destination that is to be chosen."""

import pytest

from .server import Body, Server
from .specs import SHORTEST_MIGRATION, at

pytestmark = pytest.mark.contract

ZONE = {"topology.kubernetes.io/zone": "b"}


def asking(destination: Body | None) -> Body:
    spec = {key: value for key, value in SHORTEST_MIGRATION.items() if key != "destination"}
    return spec if destination is None else {**spec, "destination": destination}


@pytest.mark.parametrize(
    "destination",
    [
        None,
        {},
        {"wait": "10m"},
        {"nodeSelector": ZONE},
        {"nodeSelector": {**ZONE, "empty": ""}, "wait": "90s"},
    ],
    ids=str,
)
def test_a_destination_may_be_left_to_the_operator(server: Server, destination: Body | None) -> None:
    server.would_create(server.body("VMMigration", asking(destination)))


@pytest.mark.parametrize(
    ("destination", "words"),
    [
        ({"hypervisor": "host2", "nodeSelector": ZONE}, "give at most one of hypervisor and nodeSelector"),
        ({"hypervisor": "host2", "wait": "10m"}, "is for a destination that is chosen, not for a named one"),
        ({"nodeSelector": {}}, "spec.destination.nodeSelector"),
        ({"nodeSelector": {"a b": "c"}}, "each key must be that of a label"),
        ({"nodeSelector": {"zone": "a b"}}, "spec.destination.nodeSelector.zone"),
        ({"nodeSelector": {"zone": "a" * 64}}, "spec.destination.nodeSelector.zone"),
        ({"nodeSelector": {f"label-{number}": "a" for number in range(17)}}, "spec.destination.nodeSelector"),
        ({"nodeSelector": ["zone"]}, "spec.destination.nodeSelector"),
        ({"wait": "0s"}, "spec.destination.wait"),
        ({"wait": "soon"}, "spec.destination.wait"),
        ({"wait": "25h"}, "must be above 0 and at most 24h"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_bad_one_is_refused_by_the_fields_name(server: Server, destination: Body, words: str) -> None:
    assert words in server.refusal_to_create(server.body("VMMigration", asking(destination)))


def test_it_stays_as_it_was_asked_for(server: Server) -> None:
    chosen = server.create(server.body("VMMigration", asking({"nodeSelector": ZONE}), name="to-be-chosen"))
    for change in (
        at("destination.nodeSelector", {"zone": "c"}),
        at("destination.wait", "10m"),
        at("destination", {"nodeSelector": None, "hypervisor": "host2"}),
        at("destination", None),
    ):
        said = server.refusal_to_patch(chosen, {"spec": change})
        assert "the spec can't be changed" in said
    left = server.create(server.body("VMMigration", asking(None), name="left"))
    said = server.refusal_to_patch(left, {"spec": at("destination.hypervisor", "host2")})
    assert "the spec can't be changed" in said
