"""What a check is: a pure judgement with a name, what to do when it fails, and whether a user may force it.

**A veto can't be forced**: it guards a promise (one guest, no image lost) or which guest is meant. A check
that did not run is not a pass: it stops like one that failed. Source: section 6 of the design.
"""

import inspect
from collections.abc import Callable

from msgspec.structs import replace

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.migration import Check, CheckResult
from godwit.domain.reasons import Reason
from godwit.domain.value import Value

Judge = Callable[[PreflightFacts], tuple[Check, ...]]
"""The verdicts about one pair of hosts: all there is to say, or one pass; never none."""


class Rule(Value):
    """One check of the chain, and its row in docs/checks.md."""

    name: str
    judge: Judge
    remedy: str
    """What to do, in general; a verdict says it of the very thing."""
    tested: str
    """The test on real hosts, which names this check; or in words, where the lab can't make the world so."""
    veto: Reason | None = None
    """The reason with which it ends a migration; None: it may be forced, and ends one as `ChecksFailed`."""
    live: bool = False
    """It judges what the destination itself was asked: a host that was not inspected has no verdict of it."""
    unproven: str = ""
    """What a pass does not show."""

    @property
    def protects_from(self) -> str:
        """The docstring of its file."""
        module = inspect.getmodule(self.judge)
        return inspect.getdoc(module) or ""

    def run(self, facts: PreflightFacts, forced: frozenset[str]) -> tuple[Check, ...]:
        """Its verdicts; those that would stop are marked where the user forces this check."""
        verdicts = self.judge(facts)
        if self.veto or self.name not in forced:
            return verdicts
        return tuple(replace(each, forced=True) if each.stops else each for each in verdicts)

    def not_inspected(self, facts: PreflightFacts) -> Check:
        """Its verdict about a destination that nobody has asked; nothing is to be done about it."""
        host = facts.destination.name
        return Check(self.name, CheckResult.NOT_RUN, host, f"{host} was not inspected")


def reason_of(stopping: tuple[Check, ...], rules: tuple[Rule, ...]) -> Reason:
    """That of the first veto that failed; `ChecksFailed` where none has, or could not run."""
    vetoes = {rule.name: rule.veto for rule in rules if rule.veto}
    failed = (vetoes.get(check.name) for check in stopping if check.result is CheckResult.FAIL)
    return next((reason for reason in failed if reason), Reason.CHECKS_FAILED)
