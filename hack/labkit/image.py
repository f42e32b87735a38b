"""Godwit's image from the repository's own Containerfile, under a tag that changes with what is inside."""

from dataclasses import dataclass
from pathlib import Path

from labkit import buildah
from labkit.cache import cache_directory
from labkit.roots import image_base, pause

REPOSITORY = Path(__file__).resolve().parents[2]
NAME = "localhost/godwit"
PAUSE = "localhost/pause:lab"


@dataclass(frozen=True, slots=True)
class Image:
    """An image in the cache's OCI layout: its name with tag, and its manifest's digest (`sha256:...`)."""

    name: str
    digest: str

    @property
    def tag(self) -> str:
        """The part behind the colon."""
        return self.name.rpartition(":")[2]


def layout() -> Path:
    """The directory that holds all images' blobs, each once."""
    return cache_directory() / "images"


def godwit_image() -> Image:
    """Build what the work tree holds; a second when nothing has changed."""
    place = image_base()
    base = f"localhost/godwit-lab-{place.name}"
    with buildah.alone():
        if not buildah.exists(base):
            _build_inline(place, "FROM scratch\nADD rootfs.tar /\n", base)
        built = buildah.build(REPOSITORY, REPOSITORY / "Containerfile", "--build-arg", f"BASE={base}")
        return Image(f"{NAME}:{built[:12]}", buildah.lay_out(built, layout()))


def pause_image() -> Image:
    """The image that every pod starts with."""
    with buildah.alone():
        text = 'FROM scratch\nCOPY pause /pause\nENTRYPOINT ["/pause"]\n'
        return Image(PAUSE, buildah.lay_out(_build_inline(pause(), text, PAUSE), layout()))


def _build_inline(context: Path, text: str, tag: str) -> str:
    containerfile = context / "Containerfile"
    containerfile.write_text(text)
    return buildah.build(context, containerfile, "--tag", tag)
