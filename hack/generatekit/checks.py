"""docs/checks.md: a section for each check of the chain."""

from godwit.domain.checks.rule import Rule

HEAD = """\
<!-- made from operator/godwit/domain/checks by hack/generate -->
# Preflight checks

All of them run before anything is touched, and `status.checks` has what each has found. A check that could
not run (`NotRun`) stops the migration as one that failed. `mode: Validate` runs them and nothing else.

`safety.force: [Name]` lets a check fail without stopping; what it found stays in the status. **A veto can't
be forced**: it keeps a guest from running twice, an image from being lost, or the wrong guest from being
moved.
"""


def page(rules: tuple[Rule, ...]) -> str:
    """The whole page."""
    rows = [f"| [{rule.name}](#{rule.name.lower()}) | {_first(rule)} | {_force(rule)} |" for rule in rules]
    table = "\n".join(["| check | what | can be forced |", "|---|---|---|", *rows])
    return "\n".join([HEAD, table, *(_section(rule) for rule in rules)]) + "\n"


def _section(rule: Rule) -> str:
    lines = [
        f"\n## {rule.name}",
        rule.protects_from,
        "",
        f"- **What to do**: {rule.remedy}",
        f"- **Can be forced**: {_force(rule)}",
        f"- **Tested**: {_tested(rule)}",
    ]
    if rule.unproven:
        lines.append(f"- **A pass does not show**: {rule.unproven}")
    return "\n".join(lines)


def _first(rule: Rule) -> str:
    return rule.protects_from.partition("\n")[0]


def _force(rule: Rule) -> str:
    return f"no: a veto, which ends a migration as `{rule.veto}`" if rule.veto else "yes"


def _tested(rule: Rule) -> str:
    test, _, rest = rule.tested.partition(";")
    if not test.startswith("tests/"):
        return rule.tested
    return f"on real hosts, by `{test}`" + (f";{rest}" if rest else "")
