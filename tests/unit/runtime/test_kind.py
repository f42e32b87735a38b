import pytest

from godwit.runtime.kind import Kind

TASKS = Kind("godwit.dev", "v1alpha1", "migrationtasks")
NODES = Kind("", "v1", "nodes")


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (TASKS, "/apis/godwit.dev/v1alpha1/migrationtasks"),
        (TASKS, "/apis/godwit.dev/v1alpha1/namespaces/godwit-system/migrationtasks"),
        (NODES, "/api/v1/nodes"),
    ],
)
def test_lists_are_known_by_their_path(kind: Kind, path: str) -> None:
    assert kind.lies_at(path)


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (TASKS, "/apis/godwit.dev/v1alpha1/namespaces/godwit-system/migrationtasks/one"),
        (TASKS, "/apis/godwit.dev/v1alpha1/hypervisors"),
        (TASKS, "/apis/godwit.dev/v1alpha1"),
        (TASKS, "/api/v1/migrationtasks"),
        (NODES, "/api/v1/nodes/host1"),
        (NODES, "/api/v1/namespaces/nodes/pods"),
        (NODES, "/api"),
    ],
)
def test_nothing_else_is_taken_for_a_list(kind: Kind, path: str) -> None:
    assert not kind.lies_at(path)
