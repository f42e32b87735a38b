"""What every schema of ours has, so that `kubectl explain` answers and no object grows without bound."""

import re
from collections.abc import Iterable

import pytest

from godwit.api.render import PROSE_FIELDS, PROSE_LENGTH

from .definitions import FILES, Node, definition, schema, walk

PLURALS = [path.stem for path in FILES]
NODES = [node for plural in PLURALS for node in walk(schema(plural), plural)]
UNIT_IN_NAME = re.compile(r"(Bytes|Milliseconds|Percent|Rate)$")
UNIT_IN_TEXT = re.compile(r"bytes|percent|milliseconds|\bms\b")
FREE_TEXT = PROSE_FIELDS | {"fileSystem"}


def of_type(kind: str) -> list[Node]:
    return [node for node in NODES if node.schema.get("type") == kind]


def paths(nodes: Iterable[Node]) -> list[str]:
    return [node.path for node in nodes]


def test_there_are_three_resources() -> None:
    assert PLURALS == ["hypervisors", "migrationtasks", "vmmigrations"]


def test_every_field_is_described_in_sentences() -> None:
    named = (node for node in NODES if node.name)
    assert paths(node for node in named if not node.schema["description"].rstrip().endswith(".")) == []


BY_KEY = ["vmmigrations.spec.destination.nodeSelector"]
"""Fields whose keys a user makes up: a label has no other form."""


def test_every_field_has_one_plain_type() -> None:
    plain = {"object", "array", "string", "integer", "boolean"}
    open_ended = {"anyOf", "oneOf", "allOf", "not", "nullable", "additionalProperties"} | {
        "x-kubernetes-int-or-string",
        "x-kubernetes-preserve-unknown-fields",
    }
    assert paths(node for node in NODES if node.schema["type"] not in plain) == []
    assert paths(node for node in NODES if node.schema.keys() & open_ended) == BY_KEY


def test_every_string_is_bounded() -> None:
    bounds = {"enum", "format", "maxLength"}
    assert paths(node for node in of_type("string") if not node.schema.keys() & bounds) == []


def test_every_string_of_a_spec_has_a_form_unless_it_is_prose() -> None:
    in_specs = [node for node in of_type("string") if ".spec." in node.path and node.name not in FREE_TEXT]
    assert paths(node for node in in_specs if not node.schema.keys() & {"enum", "format", "pattern"}) == []


def test_every_list_is_bounded_and_says_how_it_is_merged() -> None:
    assert paths(node for node in of_type("array") if "maxItems" not in node.schema) == []
    assert {node.schema["x-kubernetes-list-type"] for node in of_type("array")} == {"atomic", "map", "set"}


def test_every_number_is_as_wide_as_libvirts() -> None:
    assert paths(node for node in of_type("integer") if node.schema["format"] != "int64") == []


def test_a_number_with_a_unit_says_it() -> None:
    with_unit = [node for node in of_type("integer") if UNIT_IN_NAME.search(node.name)]
    assert paths(node for node in with_unit if not UNIT_IN_TEXT.search(node.schema["description"])) == []


def test_an_optional_field_says_its_default() -> None:
    """Of an object it is said by its fields, and what a VMMigration's status lacks has not happened yet."""
    plain = [node for node in NODES if node.optional and node.schema["type"] not in {"object", "array"}]
    told = [node for node in plain if ".spec." in node.path or node.path.count(".") > 2]
    assert paths(node for node in told if "efault" not in node.schema["description"]) == []


def test_a_default_that_the_api_server_fills_in_is_the_one_that_is_described() -> None:
    filled = [node for node in NODES if not isinstance(node.schema.get("default", {}), dict)]
    assert len(filled) == 2
    for node in filled:
        assert f"Default: {str(node.schema['default']).lower()}." in node.schema["description"]


def test_prose_that_was_cut_to_length_fits() -> None:
    prose = [node for node in NODES if node.name in PROSE_FIELDS]
    assert paths(node for node in prose if node.schema["maxLength"] < PROSE_LENGTH) == []


@pytest.mark.parametrize("plural", PLURALS)
def test_a_resource_is_served_under_one_short_name_and_one_category(plural: str) -> None:
    names = definition(plural)["spec"]["names"]
    assert names["categories"] == ["godwit"]
    assert len(names["shortNames"]) == 1


@pytest.mark.parametrize("plural", ["vmmigrations", "hypervisors"])
def test_a_new_object_is_not_green_before_anyone_has_looked(plural: str) -> None:
    assert schema(plural)["properties"]["status"]["default"] == {"observedGeneration": -1}


@pytest.mark.parametrize("plural", ["vmmigrations", "hypervisors"])
def test_conditions_are_merged_by_their_type(plural: str) -> None:
    conditions = schema(plural)["properties"]["status"]["properties"]["conditions"]
    assert (conditions["x-kubernetes-list-type"], conditions["x-kubernetes-list-map-keys"]) == (
        "map",
        ["type"],
    )
