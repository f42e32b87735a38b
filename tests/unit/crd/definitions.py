"""The YAML in crds/, walked property by property."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[3]
FILES = sorted((REPOSITORY / "crds").glob("*.yaml"))

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Node:
    """One place in a schema; `path` is such as `vmmigrations.status.checks[].message`."""

    path: str
    schema: Schema
    name: str = ""
    """Empty for the items of a list."""
    optional: bool = False


def definition(plural: str) -> Schema:
    """The CustomResourceDefinition of that plural."""
    loaded: Schema = yaml.safe_load((REPOSITORY / "crds" / f"{plural}.yaml").read_text())
    return loaded


def schema(plural: str) -> Schema:
    """The schema of its one version."""
    [version] = definition(plural)["spec"]["versions"]
    found: Schema = version["schema"]["openAPIV3Schema"]
    return found


def walk(parent: Schema, path: str) -> Iterator[Node]:
    """Every property and every list's items below `parent`, but for the object's own metadata."""
    for name, child in parent.get("properties", {}).items():
        if name == "metadata":
            continue
        yield Node(f"{path}.{name}", child, name, name not in parent.get("required", ()))
        yield from walk(child, f"{path}.{name}")
    if "items" in parent:
        yield Node(f"{path}[]", parent["items"])
        yield from walk(parent["items"], f"{path}[]")
