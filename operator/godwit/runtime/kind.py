"""A kind of object to watch, and where its list lies in the API server's URLs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One resource, at most once among those that are watched together."""

    group: str
    """Empty for the core's."""
    version: str
    plural: str
    field_selector: str = ""
    """What the API server leaves out for us, e.g. `metadata.name=host1`."""

    def __str__(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def lies_at(self, path: str) -> bool:
        """Whether that path of a URL is its list, of one namespace or of all."""
        root = f"/apis/{self.group}/{self.version}/" if self.group else f"/api/{self.version}/"
        if not path.startswith(root):
            return False
        parts = path.removeprefix(root).split("/")
        return parts == [self.plural] or (parts[0] == "namespaces" and parts[2:] == [self.plural])
