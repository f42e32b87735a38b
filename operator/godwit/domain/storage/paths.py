"""Paths as the domain compares them: the same file may be written in more than one way.

Doubled slashes and `.` mean nothing and are taken away. `..` means something else wherever a symlink is on
the way, so a path with it is never resolved here: it is refused, as is a relative one.
"""


def normal(path: str) -> str:
    """`/a//b/./c/` is `/a/b/c`; what is not absolute, and `..`, stays as it is."""
    if not path.startswith("/"):
        return path
    return "/" + "/".join(part for part in path.split("/") if part not in ("", "."))


def trouble(path: str) -> str:
    """Why nothing can be proven of what lies at `path`; empty when it is a plain absolute path."""
    if not path.startswith("/"):
        return f"its path {path!r} is not absolute"
    if ".." in path.split("/"):
        return f"its path {path} goes up by `..`, and where that leads depends on symlinks"
    if any(character < " " for character in path):
        return f"its path {path!r} holds a control character"
    return ""


def directory_of(path: str) -> str:
    """Of an absolute path."""
    return normal(path).rpartition("/")[0] or "/"


def lies_under(path: str, directory: str) -> bool:
    """`path` is in `directory`, at any depth; by whole names, so `/ab` is not under `/a`."""
    return normal(path).startswith(normal(directory).rstrip("/") + "/")
