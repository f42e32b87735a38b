"""The recipe for kind, read with kind's own types; the images and containers are not made."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

KIND = Path(__file__).resolve().parents[3] / "hack" / "kind"


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program that reads cluster files as kind does."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("no go: install Go 1.24 or later")
    program = tmp_path_factory.mktemp("kind") / "check"
    done = subprocess.run(
        [go, "build", "-o", program, "."], cwd=KIND / "check", text=True, capture_output=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return program


def test_kind_reads_the_cluster_file(check: Path) -> None:
    done = subprocess.run([check, KIND / "cluster.yaml"], text=True, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_a_misspelt_field_would_be_found(check: Path, tmp_path: Path) -> None:
    misspelt = tmp_path / "cluster.yaml"
    misspelt.write_text((KIND / "cluster.yaml").read_text().replace("extraMounts", "extraMount", 1))
    done = subprocess.run([check, misspelt], text=True, capture_output=True)
    assert done.returncode == 1
    assert "extraMount" in done.stderr


def test_each_worker_has_sockets_of_a_host_of_its_own_where_the_agent_looks_for_them() -> None:
    nodes = yaml.safe_load((KIND / "cluster.yaml").read_text())["nodes"]
    workers = [node for node in nodes if node["role"] == "worker"]
    assert all(worker["labels"] == {"godwit.dev/hypervisor": "true"} for worker in workers)
    mounts = [mount for worker in workers for mount in worker["extraMounts"]]
    assert {mount["containerPath"] for mount in mounts} == {"/run/libvirt"}
    assert len({mount["hostPath"] for mount in mounts}) == len(workers) == len(mounts)
