"""The pages in docs/spec tell of everything that there is."""

import re

import pytest
import yaml

from godwit.domain.migration import MigrationSpec, Phase
from godwit.domain.reasons import Reason
from godwit.domain.task import LATER_GOALS, Goal, TaskSpec
from godwit.domain.value import Value, from_wire

from .definitions import REPOSITORY, schema

PAGES = REPOSITORY / "docs" / "spec" / "v1alpha1"
NAMES = {"vmmigration": "vmmigrations", "hypervisor": "hypervisors", "migrationtask": "migrationtasks"}


def page(name: str) -> str:
    return (PAGES / f"{name}.md").read_text()


def first_cells(name: str) -> set[str]:
    """Every word in backticks that begins a row of a table."""
    return set(_words_that_begin_rows(page(name)))


def _words_that_begin_rows(text: str) -> list[str]:
    rows = (line for line in text.splitlines() if line.startswith("| `"))
    return [word for row in rows for word in re.findall(r"`([^`]+)`", row.split("|")[1])]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("part", ["spec", "status"])
def test_every_field_has_a_row(name: str, part: str) -> None:
    told = {cell.partition(".")[0] for cell in first_cells(name)}
    assert schema(NAMES[name])["properties"][part]["properties"].keys() - told == set()


@pytest.mark.parametrize("name", NAMES)
def test_no_part_of_a_page_has_a_field_twice(name: str) -> None:
    for part in re.split(r"^#+ ", page(name), flags=re.MULTILINE):
        told = _words_that_begin_rows(part)
        assert sorted(told) == sorted(set(told)), part.partition("\n")[0]


def test_what_of_a_task_changes_is_what_its_definition_does_not_hold() -> None:
    spec = schema("migrationtasks")["properties"]["spec"]
    rules = [(rule["fieldPath"].lstrip("."), rule["message"]) for rule in spec["x-kubernetes-validations"]]
    held = {name for name, message in rules if message != "only grows"}
    own = {name: child.get("x-kubernetes-validations", []) for name, child in spec["properties"].items()}
    held |= {name for name, its in own.items() if any(rule["message"] == "can't be changed" for rule in its)}
    told = re.search(r"^Only (.*?) change;", page("migrationtask"), re.MULTILINE)
    assert told
    assert set(re.findall(r"`(\w+)`", told[1])) == spec["properties"].keys() - held


def test_what_a_user_writes_is_told_field_by_field() -> None:
    spec = schema("vmmigrations")["properties"]["spec"]["properties"]
    leaves = {
        f"{name}.{inner}" if inner else name
        for name, child in spec.items()
        for inner in child.get("properties", {"": None})
    }
    assert leaves - first_cells("vmmigration") == set()


def test_every_phase_and_every_reason_is_told() -> None:
    assert {*Phase, *Reason} - first_cells("vmmigration") == set()


def test_the_steps_between_goals_are_those_of_the_domain() -> None:
    rows = [line.split("|") for line in page("migrationtask").splitlines() if line.startswith("| `")]
    told = {row[1].strip(" `"): set(re.findall(r"`([A-Z]\w+)`", row[2])) for row in rows}
    assert {goal: told[goal] for goal in Goal} == LATER_GOALS


@pytest.mark.parametrize(("name", "kind"), [("vmmigration", MigrationSpec), ("migrationtask", TaskSpec)])
def test_the_example_is_one(name: str, kind: type[Value]) -> None:
    found = re.search(r"```yaml\n(.*?)```", page(name), re.DOTALL)
    assert found
    from_wire(kind, yaml.safe_load(found[1])["spec"])
