import copy
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from godwit.api.constants import FINALIZER, Resource
from godwit.api.parse import UnreadableError, parse_hypervisor, parse_migration, parse_task
from godwit.api.render import Body
from godwit.domain.disks import Provisioning, SourceImages, Storage, Strategy
from godwit.domain.migration import Phase
from godwit.domain.task import Goal, Role

from . import bodies

PARSERS: dict[str, tuple[Callable[[Mapping[str, object]], object], Callable[..., Body]]] = {
    "VMMigration": (parse_migration, bodies.migration),
    "MigrationTask": (parse_task, bodies.task),
    "Hypervisor": (parse_hypervisor, bodies.hypervisor),
}
IDENTITIES = {"VMMigration": "team/move", "MigrationTask": "godwit-system/t1", "Hypervisor": "host1"}


def test_a_new_migration_has_observed_nothing_and_bears_no_finalizer() -> None:
    migration = parse_migration(bodies.migration())
    assert (migration.namespace, migration.name, migration.uid) == ("team", "move", "uid-1")
    assert migration.created_at == datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert migration.spec.vm.name == "vm1"
    assert migration.status.observed_generation == -1
    assert migration.resource_version == "7"
    assert not migration.finalizer
    assert not migration.deleting


def test_a_migration_that_says_nothing_of_storage_wants_what_is_safe() -> None:
    assert parse_migration(bodies.migration()).spec.storage == Storage(
        Strategy.AUTO, disks=None, provisioning=Provisioning.CREATE, source_images=SourceImages.KEEP
    )


def test_what_a_user_wants_of_storage_is_read_word_for_word() -> None:
    storage = {"strategy": "Copy", "disks": ["vdb"], "provisioning": "MustExist", "sourceImages": "Delete"}
    spec = {**_spec(), "storage": storage}
    assert parse_migration(bodies.migration(spec=spec)).spec.storage == Storage(
        Strategy.COPY, ("vdb",), Provisioning.MUST_EXIST, SourceImages.DELETE
    )


def _spec() -> Body:
    spec = bodies.migration()["spec"]
    assert isinstance(spec, dict)
    return spec


def test_no_directory_for_images_is_another_word_than_none_at_all() -> None:
    def allowed(**spec: object) -> tuple[str, ...] | None:
        return parse_hypervisor(bodies.hypervisor(spec=spec)).spec.image_directories

    assert allowed() is None
    assert allowed(imageDirectories=[]) == ()
    assert allowed(imageDirectories=["/images"]) == ("/images",)


def test_a_migration_that_is_deleted_while_it_bears_our_finalizer_says_both() -> None:
    metadata = bodies.metadata(
        namespace="team",
        deletionTimestamp="2026-01-01T12:05:00Z",
        finalizers=["other.dev/thing", FINALIZER],
        generation=2,
    )
    migration = parse_migration(bodies.migration(metadata=metadata))
    assert migration.deleting
    assert migration.finalizer
    assert migration.generation == 2


def test_a_finalizer_of_another_is_not_ours() -> None:
    metadata = bodies.metadata(finalizers=["other.dev/thing"])
    assert not parse_migration(bodies.migration(metadata=metadata)).finalizer


def test_a_task_is_read_with_its_journal() -> None:
    task = parse_task(bodies.task(status={"reached": "Inspected", "runMark": "r"}))
    assert (task.name, task.spec.role, task.spec.goal) == ("t1", Role.SOURCE, Goal.INSPECTED)
    assert (task.status.reached, task.status.run_mark) == (Goal.INSPECTED, "r")
    assert (task.uid, task.resource_version) == ("uid-1", "7")


def test_a_hypervisor_without_spec_and_status_is_one_whose_agent_has_said_nothing() -> None:
    hypervisor = parse_hypervisor(bodies.hypervisor())
    assert hypervisor.name == "host1"
    assert hypervisor.spec.migration_address is None
    assert hypervisor.status.domains == ()
    assert (hypervisor.generation, hypervisor.status.observed_generation) == (1, -1)
    assert not hypervisor.ready


def test_fields_that_are_not_known_yet_are_ignored() -> None:
    body = bodies.migration(status={"phase": "Migrating", "fromTheFuture": {"a": 1}})
    assert parse_migration(body).status.phase is Phase.MIGRATING


def test_a_read_only_mapping_is_read_like_any_other() -> None:
    body = MappingProxyType({key: _frozen(value) for key, value in bodies.migration().items()})
    assert parse_migration(body) == parse_migration(bodies.migration())


def _frozen(value: object) -> object:
    return MappingProxyType(value) if isinstance(value, dict) else value


@pytest.mark.parametrize("kind", PARSERS)
def test_an_object_without_metadata_is_refused_by_its_kind(kind: str) -> None:
    parse, body = PARSERS[kind]
    with pytest.raises(UnreadableError, match=rf"^{kind}.*metadata"):
        parse({key: value for key, value in body().items() if key != "metadata"})


@pytest.mark.parametrize(
    ("kind", "path", "value", "field"),
    [
        ("VMMigration", ("spec", "vm", "name"), 3, r"\$.spec.vm.name"),
        ("VMMigration", ("spec", "destination"), "host2", r"\$.spec.destination"),
        ("VMMigration", ("spec", "storage"), {"strategy": "Guess"}, r"\$.spec.storage.strategy"),
        ("VMMigration", ("status", "phase"), "Dancing", r"\$.status.phase"),
        ("MigrationTask", ("spec", "goal"), "Moved", r"\$.spec.goal"),
        ("MigrationTask", ("metadata", "creationTimestamp"), "noon", r"\$.metadata.creationTimestamp"),
        ("Hypervisor", ("status", "domains"), {}, r"\$.status.domains"),
    ],
)
def test_a_wrong_value_is_refused_with_the_object_and_the_field(
    kind: str, path: tuple[str, ...], value: object, field: str
) -> None:
    parse, body = PARSERS[kind]
    wrong = copy.deepcopy(body())
    _set(wrong, path, value)
    with pytest.raises(
        UnreadableError, match=rf"^{kind} {IDENTITIES[kind]} can't be read: .*{field}"
    ) as refused:
        parse(wrong)
    assert refused.value.resource.kind == kind


def _set(body: Body, path: tuple[str, ...], value: object) -> None:
    *parents, last = path
    for name in parents:
        inner = body.setdefault(name, {})
        assert isinstance(inner, dict)
        body = inner
    body[last] = value


def test_only_hypervisors_lie_in_no_namespace() -> None:
    assert [resource for resource in Resource if not resource.namespaced] == [Resource.HYPERVISOR]
