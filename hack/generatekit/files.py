"""Which files are made of which; each is written only where it is not so already."""

import re
from pathlib import Path

from generatekit.checks import page
from godwit.domain.checks import chain

FORCIBLE_LINE = re.compile(r"enum: \[.*\] (?=# made from the code by hack/generate)")


def write_all(top: Path) -> list[str]:
    """The names of those that were out of date."""
    changed = [
        *_write(top / "docs/checks.md", page(chain.CHAIN)),
        *_write(crd := top / "crds/vmmigrations.yaml", with_forcible(crd.read_text(), chain.FORCIBLE)),
        *_copies(top / "crds", top / "charts/godwit/files/crds"),
    ]
    return [str(path.relative_to(top)) for path in changed]


def with_forcible(definition: str, names: tuple[str, ...]) -> str:
    """The VMMigration's definition, in which `safety.force` may name these; `ValueError` without its line."""
    made, lines = FORCIBLE_LINE.subn(f"enum: [{', '.join(names)}] ", definition)
    if lines != 1:
        raise ValueError(f"{lines} lines of the definition are marked as made by hack/generate, not 1")
    return made


def _copies(sources: Path, copies: Path) -> list[Path]:
    """A chart can only read what lies inside of it."""
    copies.mkdir(parents=True, exist_ok=True)
    definitions = {source.name: source.read_text() for source in sources.glob("*.yaml")}
    gone = [copy for copy in copies.glob("*.yaml") if copy.name not in definitions]
    for copy in gone:
        copy.unlink()
    return [*gone, *(path for name, text in definitions.items() for path in _write(copies / name, text))]


def _write(path: Path, text: str) -> list[Path]:
    if path.exists() and path.read_text() == text:
        return []
    path.write_text(text)
    return [path]
