"""What people are told of a leftover: a command only for the very file that Godwit made and that
nobody can need, words for the rest.

Whoever reads it pastes it. What certainly isn't ours is told no more, and nor is what a domain of that host
has taken over; what a migration under way uses, or what may come back with its file system, stays told.
"""

import shlex

from msgspec.structs import replace

from godwit.domain.host import Leftover
from godwit.domain.hosts.images import DIRECTORY, IMAGE, NVRAM
from godwit.domain.image import Whose
from godwit.domain.image_journal import LeftBehind

OF_TASKS = frozenset({IMAGE, DIRECTORY, NVRAM})
_COMMANDS = {DIRECTORY: "rmdir"}


def leftover(behind: LeftBehind) -> Leftover:
    """Before anybody has looked at it again."""
    words = _words(shlex.quote(behind.path))
    return Leftover(behind.kind, behind.path, words, behind.why, behind.identity, behind.in_doubt)


def told(known: Leftover, whose: Whose, *, used: bool, moving: bool) -> Leftover | None:
    """`used`: a domain of that host names it; `moving`: a migration to that host has it in its hands."""
    if whose in (Whose.GONE, Whose.ANOTHERS):
        return None
    if moving:
        why = "a migration to this host uses it now: wait until that is over"
        return replace(known, remedy=why)
    if used:
        return None
    return replace(known, remedy=_remedy(known, whose))


def _remedy(known: Leftover, whose: Whose) -> str:
    path = shlex.quote(known.path)
    if whose is Whose.OURS and known.in_doubt:
        return f"look at it (`ls -l {path}`) and read why it stays: it may be needed, and only a person knows"
    if whose is Whose.OURS:
        return f"{_COMMANDS.get(known.kind, 'rm')} {path}"
    if whose is Whose.AWAY:
        return (
            "mount its file system again: it is not mounted there now, and this comes back with it. What "
            f"`ls -l {path}` shows until then is not it, and stays"
        )
    return _words(path)


def _words(quoted: str) -> str:
    return (
        f"look at it (`ls -l {quoted}`): nothing shows that it is the very file that Godwit made, so only "
        "who knows whose it is may remove it"
    )
