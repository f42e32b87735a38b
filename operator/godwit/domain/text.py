"""Texts that have to find their place."""


def shortened(text: str, most: int) -> str:
    """Of so many characters at most, and it shows."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
