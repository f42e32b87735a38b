"""The destination's file systems take what is copied to them, with what others were promised there."""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import not_applicable, passed
from godwit.domain.migration import Check, CheckResult
from godwit.domain.quantity import mebibytes
from godwit.domain.storage import ANEW, Shortage, promises, shortages, wanted_copies

NAME = "Space"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict per file system that is too small: says how much is missing."""
    chosen = wanted_copies(facts.storage)
    if not chosen:
        return not_applicable(facts.destination, NAME, "no disk is copied")
    short = shortages(chosen, facts.storage.directories, facts.storage.promised)
    needed = sum(promise.bytes for promise in promises(chosen))
    found = tuple(_failure(facts, shortage) for shortage in short)
    return found or passed(facts.destination, NAME, f"{mebibytes(needed)} will be taken at most")


def _failure(facts: PreflightFacts, shortage: Shortage) -> Check:
    host, where = facts.destination.name, ", ".join(shortage.directories)
    if shortage.free_bytes is None:
        message = f"how much space {where} has is not known"
        return Check(NAME, CheckResult.NOT_RUN, host, message, f"see the log of the agent on {host}")
    remedy = f"free as much on {host}, or name another destination {ANEW}"
    return Check(NAME, CheckResult.FAIL, host, shortage.sentence, remedy)


RULE = Rule(
    NAME,
    check,
    remedy="Free as much at the destination, or choose another one.",
    tested="tests/e2e/storage/test_space.py",
    live=True,
)
