"""Objects as the API server gives them."""

from godwit.api.render import Body


def metadata(**more: object) -> Body:
    return {
        "name": "move",
        "uid": "uid-1",
        "resourceVersion": "7",
        "generation": 1,
        "creationTimestamp": "2026-01-01T12:00:00Z",
        "managedFields": [{"manager": "kubectl"}],
        **more,
    }


def migration(**more: object) -> Body:
    return {
        "apiVersion": "godwit.dev/v1alpha1",
        "kind": "VMMigration",
        "metadata": metadata(namespace="team"),
        "spec": {"vm": {"name": "vm1"}, "destination": {"hypervisor": "host2"}, "startTimeout": "5m"},
        "status": {"observedGeneration": -1},
        **more,
    }


def task(**more: object) -> Body:
    return {
        "apiVersion": "godwit.dev/v1alpha1",
        "kind": "MigrationTask",
        "metadata": metadata(name="t1", namespace="godwit-system"),
        "spec": {
            "nodeName": "host1",
            "role": "Source",
            "attempt": 1,
            "migrationRef": {"namespace": "team", "name": "move", "uid": "uid-1"},
            "vm": {"name": "vm1", "uuid": "u1"},
            "peer": {"nodeName": "host2", "task": "t2"},
            "goal": "Inspected",
        },
        **more,
    }


def hypervisor(**more: object) -> Body:
    return {
        "apiVersion": "godwit.dev/v1alpha1",
        "kind": "Hypervisor",
        "metadata": metadata(name="host1"),
        **more,
    }
