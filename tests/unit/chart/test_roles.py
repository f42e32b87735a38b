"""Who may do what, as one table; what the tables don't name, nobody may."""

from collections.abc import Iterable
from typing import Any

from .conftest import NAMESPACE, Resources

READ = frozenset({"get", "list", "watch"})
CHANGE = frozenset({"patch", "update"})
ALL = READ | CHANGE | {"create", "delete"}

Table = dict[str, frozenset[str]]

OPERATOR_EVERYWHERE: Table = {
    "godwit.dev/vmmigrations": READ | CHANGE,
    "godwit.dev/vmmigrations/status": CHANGE,
    "godwit.dev/vmmigrations/finalizers": CHANGE,
    "godwit.dev/hypervisors": READ | {"create", "delete"},
    "godwit.dev/hypervisors/status": CHANGE,
    "godwit.dev/migrationtasks": READ,
    "/nodes": READ,
    "/events": frozenset({"create", "patch"}),
    "events.k8s.io/events": frozenset({"create", "patch"}),
}
OPERATOR_AT_HOME: Table = {
    "godwit.dev/migrationtasks": ALL,
    "coordination.k8s.io/leases": ALL,
    "apps/daemonsets": READ,
}
AGENT_EVERYWHERE: Table = {
    "godwit.dev/hypervisors": READ,
    "godwit.dev/hypervisors/status": CHANGE,
}
AGENT_AT_HOME: Table = {
    "godwit.dev/migrationtasks": READ,
    "godwit.dev/migrationtasks/status": CHANGE,
    "coordination.k8s.io/leases": READ | CHANGE,
    "/events": frozenset({"create"}),
    "events.k8s.io/events": frozenset({"create"}),
}
VIEWER: Table = dict.fromkeys(
    ("godwit.dev/vmmigrations", "godwit.dev/hypervisors", "godwit.dev/migrationtasks"), READ
)
MIGRATOR: Table = {"godwit.dev/vmmigrations": ALL, "godwit.dev/hypervisors": READ}


def table(rules: Iterable[dict[str, Any]]) -> Table:
    found: Table = {}
    for rule in rules:
        assert rule.keys() == {"apiGroups", "resources", "verbs"}
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                name = f"{group}/{resource}"
                found[name] = found.get(name, frozenset()) | frozenset(rule["verbs"])
    return found


def test_the_operator_may_exactly_this(chart: Resources) -> None:
    assert table(chart["ClusterRole", "godwit-operator"]["rules"]) == OPERATOR_EVERYWHERE
    assert table(chart["Role", "godwit-operator"]["rules"]) == OPERATOR_AT_HOME


def test_an_agent_may_exactly_this(chart: Resources) -> None:
    assert table(chart["ClusterRole", "godwit-agent"]["rules"]) == AGENT_EVERYWHERE
    assert table(chart["Role", "godwit-agent"]["rules"]) == AGENT_AT_HOME


def test_readers_come_with_the_clusters_own_roles(chart: Resources) -> None:
    viewer = chart["ClusterRole", "godwit-viewer"]
    assert table(viewer["rules"]) == VIEWER
    labels = viewer["metadata"]["labels"]
    assert all(
        labels[f"rbac.authorization.k8s.io/aggregate-to-{role}"] == "true"
        for role in ("view", "edit", "admin")
    )


def test_moving_vms_is_a_role_of_its_own_and_part_of_no_other(chart: Resources) -> None:
    migrator = chart["ClusterRole", "godwit-migrator"]
    assert table(migrator["rules"]) == MIGRATOR
    assert not [label for label in migrator["metadata"]["labels"] if "aggregate" in label]


def test_each_account_is_bound_to_its_own_roles_and_no_person_to_any(chart: Resources) -> None:
    bindings = {
        (kind, name): (resource["roleRef"]["kind"], resource["roleRef"]["name"], resource["subjects"])
        for (kind, name), resource in chart.items()
        if kind in ("RoleBinding", "ClusterRoleBinding")
    }
    assert bindings == {
        (f"{kind}Binding", account): (
            kind,
            account,
            [{"kind": "ServiceAccount", "name": account, "namespace": NAMESPACE}],
        )
        for kind in ("Role", "ClusterRole")
        for account in ("godwit-operator", "godwit-agent")
    }


def test_roles_bound_to_one_namespace_lie_in_godwits_own(chart: Resources) -> None:
    spaces = {
        resource["metadata"]["namespace"] for (kind, _), resource in chart.items() if kind.startswith("Role")
    }
    assert spaces == {NAMESPACE}


def test_policies_fail_closed_and_deny(chart: Resources) -> None:
    for policy in ("godwit-agent", "godwit-tasks"):
        assert chart["ValidatingAdmissionPolicy", policy]["spec"]["failurePolicy"] == "Fail"
        binding = chart["ValidatingAdmissionPolicyBinding", policy]["spec"]
        assert binding == {"policyName": policy, "validationActions": ["Deny"]}


def test_the_agents_policy_looks_at_everything_that_an_agent_may_write(chart: Resources) -> None:
    constraints = chart["ValidatingAdmissionPolicy", "godwit-agent"]["spec"]["matchConstraints"][
        "resourceRules"
    ]
    seen = {
        f"{group}/{resource}"
        for rule in constraints
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    written = {
        name
        for rules in (AGENT_EVERYWHERE, AGENT_AT_HOME)
        for name, verbs in rules.items()
        if verbs - READ
    }  # fmt: skip
    uncovered = {name for name in written if name not in seen and f"{name.rpartition('/')[0]}/*" not in seen}
    assert not uncovered
