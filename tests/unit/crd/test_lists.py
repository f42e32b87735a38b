"""No list makes the API server refuse a status: it is cut, or what would make it so long is not begun."""

import pytest

from godwit.api.render import LIST_LENGTHS, MORE, cut_list, render_status
from godwit.domain.host import HypervisorStatus, Leftover
from godwit.domain.image_journal import LeftBehind
from godwit.domain.task import TaskStatus

from .definitions import Node, schema, walk

PLURALS = ("hypervisors", "migrationtasks", "vmmigrations")
BY_DISK = "an entry for each disk or image: tests/unit/domain/storage/test_bounds.py"
BY_DEFINITION = "more of them are not told: tests/contract/hypervisor/test_receptions.py"
BY_PLACE = "more is not told at all: tests/unit/hypervisor/test_placement.py"
WHOLE = {
    "attempts": "one, so far",
    "backing": BY_DISK,
    "candidates": "twenty at most: tests/unit/domain/choice/test_telling.py",
    "cells": BY_PLACE,
    "conditions": "each type once",
    "copied": BY_DISK,
    "createdResources": "the preparation counts them before: tests/unit/agent/test_prepare_images.py",
    "directories": BY_DISK,
    "dismissed": "fourteen at most: tests/unit/domain/steps/test_choose.py",
    "disks": BY_DISK,
    "failed": "each check once",
    "namesakes": "one of each: tests/unit/agent/test_destination.py",
    "notRun": "each check once",
    "others": "fifty reasons at most: tests/unit/domain/choice/test_telling.py",
    "fixedLabels": BY_PLACE,
    "frames": "one for each of the spec's: tests/unit/domain/steps/test_contact.py",
    "hugepages": BY_PLACE,
    "images": BY_DISK,
    "listeners": BY_DEFINITION,
    "paths": BY_DEFINITION,
    "pins": BY_PLACE,
    "interfaces": "each takes a place on a bus: QEMU has not so many",
    "standby": "two at most: tests/unit/domain/steps/test_choose.py",
    "security": "a model has two labels at most, and libvirt three models",
    "names": "the agent tells 16 at most, and says itself whether one fits: tests/unit/agent/test_road.py",
    "probes": BY_DISK,
    "removing": BY_DISK,
    "roads": "one for each address of the spec",
    "synchronous": BY_DISK,
    "warned": "each check once",
}
"""Never cut, since something is decided from all of it; and why it is not too long."""

LISTS = [
    node
    for plural in PLURALS
    for node in walk(schema(plural)["properties"]["status"], f"{plural}.status")
    if node.schema.get("type") == "array"
]


@pytest.mark.parametrize("node", LISTS, ids=lambda node: node.path)
def test_each_list_of_a_status_has_a_length_and_is_cut_to_it_or_whole(node: Node) -> None:
    most = node.schema["maxItems"]
    assert (node.name in LIST_LENGTHS) != (node.name in WHOLE)
    if node.name in WHOLE:
        return
    assert LIST_LENGTHS[node.name] == most
    for count in (0, 1, most):
        assert len(cut_list(node.name, ["x"] * count)) == count
    assert len(cut_list(node.name, ["x"] * (most + 7))) == most


def test_no_list_is_named_that_is_none() -> None:
    assert {node.name for node in LISTS} == LIST_LENGTHS.keys() | WHOLE.keys()


def test_the_last_entry_says_how_many_were_left_out() -> None:
    most = LIST_LENGTHS["leftovers"]
    leftovers = tuple(Leftover("Image", f"/{number}", "rm it") for number in range(most + 7))
    told = render_status(HypervisorStatus(leftovers=leftovers))["leftovers"]
    assert isinstance(told, list)
    assert told[-2]["path"] == f"/{most - 2}"
    assert (told[-1]["kind"], told[-1]["path"]) == (MORE, "and 8 more")
    behind = tuple(LeftBehind("Image", f"/{number}", "so") for number in range(most + 1))
    left = render_status(TaskStatus(left_behind=behind))["leftBehind"]
    assert isinstance(left, list)
    assert (left[-1]["kind"], left[-1]["path"]) == (MORE, "and 2 more")
    assert list(cut_list("usedBy", ["vm"] * 5000))[-1] == "and 905 more"


def test_of_what_happened_one_after_the_other_the_latest_is_told() -> None:
    most = LIST_LENGTHS["phaseTransitions"]
    assert list(cut_list("phaseTransitions", range(most + 7)))[-1] == most + 6
