"""How an image goes to a node: whole in what names it, without the layers that the node has."""

import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from labkit.image import Image
from labkit.imports import write_archive

LAYERS = (b"base", b"packages", b"code")


def keep(layout: Path, content: bytes) -> str:
    """Put a blob into an OCI layout, and give its digest."""
    digest = hashlib.sha256(content).hexdigest()
    (layout / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
    (layout / "blobs" / "sha256" / digest).write_bytes(content)
    return f"sha256:{digest}"


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """An image of LAYERS in the layout `tmp_path`."""
    layers = [{"digest": keep(tmp_path, layer)} for layer in LAYERS]
    manifest = {"config": {"digest": keep(tmp_path, b"{}")}, "layers": layers}
    return Image("localhost/godwit:abc", keep(tmp_path, json.dumps(manifest).encode()))


def written(image: Image, layout: Path, has: set[str]) -> dict[str, bytes]:
    archive = io.BytesIO()
    write_archive(image, layout, has, archive)
    with tarfile.open(fileobj=io.BytesIO(archive.getvalue())) as tar:
        return {member.name: file.read() for member in tar.getmembers() if (file := tar.extractfile(member))}


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def test_a_node_that_has_nothing_gets_everything(image: Image, tmp_path: Path) -> None:
    files = written(image, tmp_path, set())
    blobs = {content for name, content in files.items() if name.startswith("blobs/")}
    assert {*LAYERS, b"{}"} <= blobs
    assert all(name.endswith(digest(files[name])[7:]) for name in files if name.startswith("blobs/"))


def test_a_layer_that_the_node_has_is_not_sent_again(image: Image, tmp_path: Path) -> None:
    files = written(image, tmp_path, {digest(b"base"), digest(b"packages")})
    contents = set(files.values())
    assert b"code" in contents
    assert not {b"base", b"packages"} & contents


def test_manifest_and_configuration_are_sent_in_any_case(image: Image, tmp_path: Path) -> None:
    everything = {f"sha256:{blob.name}" for blob in (tmp_path / "blobs" / "sha256").iterdir()}
    files = written(image, tmp_path, everything)
    assert len([name for name in files if name.startswith("blobs/")]) == 2


def test_the_index_names_the_image_by_its_manifest(image: Image, tmp_path: Path) -> None:
    files = written(image, tmp_path, set())
    (entry,) = json.loads(files["index.json"])["manifests"]
    assert entry["digest"] == image.digest
    assert entry["size"] == len(files[f"blobs/{image.digest.replace(':', '/')}"])
    assert entry["annotations"] == {"io.containerd.image.name": "localhost/godwit:abc"}
    assert json.loads(files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}


def test_the_tag_is_what_stands_behind_the_colon(image: Image) -> None:
    assert image.tag == "abc"
