"""The order of the candidates: each is judged by the chain, as far as its Hypervisor tells, and scored.

A check that fails puts a host out. One that could not be run from here only sets it back: the host itself may
answer, and no host is chosen without that. Ties go by name, so the same facts give the same order.
"""

from collections.abc import Callable, Iterable

from godwit.domain.checks import chain
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.choice.scores import MOST, scores_of
from godwit.domain.choice.table import Candidate, Standing
from godwit.domain.host import Hypervisor
from godwit.domain.migration import Check, CheckResult
from godwit.domain.road import Answer
from godwit.domain.value import Value


class Judged(Value):
    """A host that was not asked anything."""

    host: Hypervisor
    checks: tuple[Check, ...]
    scores: tuple[tuple[str, int], ...]
    set_back: int = 0
    """By what the source has seen of the road to it; the more, the later it comes."""

    @property
    def failed(self) -> tuple[Check, ...]:
        """Those that put it out."""
        return tuple(each for each in self.checks if each.result is CheckResult.FAIL and not each.forced)

    @property
    def unknown(self) -> int:
        """How many checks could not be run."""
        return sum(each.result is CheckResult.NOT_RUN for each in self.checks)

    @property
    def score(self) -> int:
        """All scores together."""
        return sum(score for _, score in self.scores)

    @property
    def told(self) -> str:
        """The score in words."""
        each = ", ".join(f"{name} {score}" for name, score in self.scores)
        return f"score {self.score} of {MOST * len(self.scores)}: {each}"


class Ranking(Value):
    """Of the candidates."""

    eligible: tuple[Judged, ...]
    """The best first."""
    refused: tuple[Judged, ...]
    at_source: tuple[Check, ...]
    """What fails at the source, whichever host would take the guest."""


def rank(
    hosts: Iterable[Hypervisor],
    facts_about: Callable[[Hypervisor], PreflightFacts],
    forced: frozenset[str],
    looked_at: tuple[str, ...] = (),
) -> Ranking:
    """`facts_about` gives what the checks judge, with that host as the destination.

    `looked_at` are the addresses to which the source was asked to look.
    """
    judged = []
    for host in hosts:
        facts = facts_about(host)
        checks = chain.run_facts(facts, forced)
        scores = scores_of(facts.guest, host, facts.promised_memory.bytes)
        judged.append(Judged(host, checks, scores, _set_back(facts, looked_at)))
    eligible = [each for each in judged if not each.failed]
    eligible.sort(key=lambda each: (each.set_back, each.unknown, -each.score, each.host.name))
    refused = [each for each in judged if each.failed]
    refused.sort(key=lambda each: (len(each.failed), each.host.name))
    return Ranking(tuple(eligible), tuple(refused), _at_source(judged))


def row_of(judged: Judged, standing: Standing) -> Candidate:
    """The matrix of one host."""
    return Candidate(
        hypervisor=judged.host.name,
        standing=standing,
        why="; ".join(check.told for check in judged.failed) or judged.told,
        score=judged.score,
        failed=names(judged.failed),
        warned=names_of(judged.checks, CheckResult.WARN),
        not_run=names_of(judged.checks, CheckResult.NOT_RUN),
    )


def names_of(checks: Iterable[Check], result: CheckResult) -> tuple[str, ...]:
    """Of those with that result."""
    return names(check for check in checks if check.result is result)


def names(checks: Iterable[Check]) -> tuple[str, ...]:
    """Each once."""
    return tuple(dict.fromkeys(check.name for check in checks))


def _set_back(facts: PreflightFacts, looked_at: tuple[str, ...]) -> int:
    if facts.road and facts.road.answer is not Answer.OPEN:
        return 2
    return 0 if facts.destination.migration_address in looked_at else 1


def _at_source(judged: list[Judged]) -> tuple[Check, ...]:
    if not judged:
        return ()
    return tuple(
        check
        for check in judged[0].failed
        if check.host != judged[0].host.name and all(check in each.failed for each in judged)
    )
