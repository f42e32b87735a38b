"""The lock files say what the project file says."""

import re
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
RUN_TIME = PROJECT["project"]["dependencies"]
TESTS = PROJECT["project"]["optional-dependencies"]["dev"]
IMAGE = PROJECT["dependency-groups"]["image"]


def locked(name: str) -> dict[str, str]:
    """Each line that is not a hash or a comment, up to its marker."""
    text = (REPOSITORY / name).read_text()
    assert "http" not in re.sub(r"#.*|^[a-z0-9-]*http[a-z0-9-]*==.*", "", text, flags=re.MULTILINE)
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", text, flags=re.MULTILINE))


def pins(requirements: list[str]) -> dict[str, str]:
    pairs = [requirement.split("==") for requirement in requirements]
    return {name.lower().replace("_", "-"): version for name, version in pairs}


@pytest.mark.parametrize(
    ("lock", "requirements"),
    [
        ("requirements.lock", RUN_TIME),
        ("requirements-dev.lock", RUN_TIME + TESTS),
        ("requirements-build.lock", IMAGE),
    ],
)
def test_every_dependency_is_locked_at_the_version_of_the_project_file(
    lock: str, requirements: list[str]
) -> None:
    assert pins(requirements).items() <= locked(lock).items()


def test_what_runs_is_what_was_tested() -> None:
    assert locked("requirements.lock").items() <= locked("requirements-dev.lock").items()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-build.lock"])
def test_every_locked_package_has_a_hash(lock: str) -> None:
    entries = re.split(r"^(?=[a-z0-9-]+==)", (REPOSITORY / lock).read_text(), flags=re.MULTILINE)[1:]
    assert entries
    assert not [entry.split(" ")[0] for entry in entries if "--hash=sha256:" not in entry]
