"""The schemas and the domain's types agree, both ways."""

from collections.abc import Callable

import pytest

from godwit.domain.checks.chain import CHAIN
from godwit.domain.host import HypervisorSpec, HypervisorStatus
from godwit.domain.migration import MigrationSpec, MigrationStatus
from godwit.domain.task import LATER_GOALS, TaskSpec, TaskStatus
from godwit.domain.value import Value

from .agreement import differences
from .definitions import Schema, schema


def without_names_of_checks(found: Schema) -> Schema:
    """In the type they are plain strings: the chain knows its checks, the spec does not know the chain."""
    safety = found["properties"]["spec"]["properties"].get("safety")
    if safety:
        del safety["properties"]["force"]["items"]["enum"]
    return found


def test_each_check_but_the_vetoes_may_be_forced() -> None:
    force = schema("vmmigrations")["properties"]["spec"]["properties"]["safety"]["properties"]["force"]
    assert force["items"]["enum"] == [rule.name for rule in CHAIN if not rule.veto]


@pytest.mark.parametrize(
    ("plural", "part", "kind"),
    [
        ("vmmigrations", "spec", MigrationSpec),
        ("vmmigrations", "status", MigrationStatus),
        ("migrationtasks", "spec", TaskSpec),
        ("migrationtasks", "status", TaskStatus),
        ("hypervisors", "spec", HypervisorSpec),
        ("hypervisors", "status", HypervisorStatus),
    ],
)
def test_a_schema_and_its_type_say_the_same(plural: str, part: str, kind: type[Value]) -> None:
    found = without_names_of_checks(schema(plural))["properties"][part]
    defaults = found.pop("default", {})
    assert list(differences(kind, found, f"{plural}.{part}")) == []
    assert defaults in ({}, {"observedGeneration": -1})


CHANGES: dict[str, Callable[[Schema], object]] = {
    "a property is missing": lambda wrong: wrong["properties"].pop("safety"),
    "there is one more": lambda wrong: wrong["properties"].update(extra={"type": "string"}),
    "another is required": lambda wrong: wrong.update(required=["vm", "source"]),
    "another type": lambda wrong: wrong["properties"].update(startTimeout={"type": "integer"}),
    "another default": lambda wrong: wrong["properties"]["startTimeout"].update(default="6m"),
    "another type below": lambda wrong: wrong["properties"]["safety"]["properties"]["unsafe"].update(
        type="string"
    ),
    "no object": lambda wrong: wrong["properties"].update(vm={"type": "array", "items": {"type": "string"}}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_kind_of_difference_is_found(change: Callable[[Schema], object]) -> None:
    wrong = without_names_of_checks(schema("vmmigrations"))["properties"]["spec"]
    change(wrong)
    assert list(differences(MigrationSpec, wrong, ""))


def test_a_value_that_is_missing_in_an_enumeration_is_found() -> None:
    status = schema("vmmigrations")["properties"]["status"]
    status["properties"]["phase"]["enum"].remove("Queued")
    assert any("phase" in line for line in differences(MigrationStatus, status, ""))


def test_the_rule_on_goals_names_every_step_of_the_domain() -> None:
    """What the rule refuses, the API server is asked in tests/contract/admission."""
    [rule] = schema("migrationtasks")["properties"]["spec"]["properties"]["goal"]["x-kubernetes-validations"]
    for goal, later in LATER_GOALS.items():
        assert (f"oldSelf == '{goal}'" in rule["rule"]) == bool(later)
