"""The demonstration applies what the README shows, so that the README can't be wrong."""

import re
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"


def example(text: str) -> str:
    """The first VMMigration in a fenced YAML block of `text`; `ValueError` when there is none."""
    for block in re.findall(r"^```yaml\n(.*?)^```$", text, re.M | re.S):
        if re.search(r"^kind: VMMigration$", block, re.M):
            return str(block)
    raise ValueError("no fenced YAML block with a VMMigration")


def field(manifest: str, path: str) -> str:
    """By a dotted path of the manifest's flow mappings, e.g. `vm.name`; `ValueError` without one."""
    outer, inner = path.split(".")
    found = re.search(rf"^\s*{outer}: {{(?:.*, )?{inner}: ([^,}}]+)", manifest, re.M)
    if not found:
        raise ValueError(f"no {path} in\n{manifest}")
    return found[1].strip()
