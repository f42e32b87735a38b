"""What the objects of one migration show at the API; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from godwit.domain.image_journal import ResourceState
from godwit.domain.task import Goal

Body = Mapping[str, Any]


class Part(StrEnum):
    """An object of one migration."""

    MIGRATION = "migration"
    SOURCE = "source"
    """Its task."""
    DESTINATION = "destination"
    CLAIM = "claim"


@dataclass(frozen=True, slots=True)
class Sight:
    """What an object shows: a field that is there, with that value if one is named; or none such."""

    part: Part
    field: str
    """Names with dots between, as in the JSON; of a list, any of its items."""
    value: str = ""
    gone: bool = False
    """The field, or the whole object, is not there."""

    def shown(self, picture: Mapping[Part, Body]) -> bool:
        """Whether it is so; `picture` holds the objects that there are."""
        found = list(_found(picture.get(self.part, {}), self.field.split(".")))
        if self.gone:
            return not any(found)
        return self.value in found if self.value else any(found)

    def __str__(self) -> str:
        """Short enough for the name of a test."""
        leaf = self.field.rpartition(".")[2]
        return f"{self.part}.{'no-' if self.gone else ''}{leaf}{f'={self.value}' if self.value else ''}"


def _found(at: Any, names: list[str]) -> Iterator[Any]:
    """What lies at the end of the names."""
    if isinstance(at, list):
        for item in at:
            yield from _found(item, names) if names else iter((item,))
    elif not names:
        yield at
    elif isinstance(at, Mapping):
        yield from _found(at.get(names[0]), names[1:])


TOLD_TO_START = Sight(Part.SOURCE, "spec.goal", Goal.MIGRATED)
BEGINS = Sight(Part.SOURCE, "status.starting")
COPYING = Sight(Part.SOURCE, "status.copied")
INTENDED = Sight(Part.DESTINATION, "status.createdResources.state", ResourceState.INTENDED)
MADE = Sight(Part.DESTINATION, "status.createdResources.state", ResourceState.CREATED)
"""Of the destination's images."""
