"""The commands that look: where a value came from, what a rule means, whether all is well."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from sigpanel.cli.app import HERE, JsonOption, StudyOption, app, print_json, print_text
from sigpanel.errors import UsageError


@app.command()
def trace(
    episode: Annotated[str, typer.Argument(help="An episode_id.")],
    variable: Annotated[
        str | None,
        typer.Argument(help="A variable, such as mental_health; without one, why the episode is its person's."),
    ] = None,
    study: StudyOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Tell where a value came from and which rule chose it, or why an episode is its person's."""
    from sigpanel.cli.show import show_trace, show_traced_person, trace_as_dict
    from sigpanel.panel import open_panel
    from sigpanel.pipeline.study import open_study
    from sigpanel.pipeline.trace import trace as run
    from sigpanel.pipeline.trace import trace_person

    panel = open_panel(open_study(study).panel)
    if variable is None:
        person = trace_person(panel, episode)
        print_json(trace_as_dict(person)) if as_json else print_text(show_traced_person(person))
        return
    traced = run(panel, episode, variable)
    print_json(trace_as_dict(traced)) if as_json else print_text(show_trace(traced))


@app.command()
def explain(
    rule: Annotated[
        str | None, typer.Argument(help="The name of a rule, as findings give it; without it, every rule in a line.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what a rule means, which questions it concerns and what to do; or list all rules."""
    from sigpanel.cli.show_rules import rule_as_dict, show_catalogue, show_rule
    from sigpanel.findings import rules

    if rule is None:
        known = rules().values()
        print_json([rule_as_dict(each) for each in known]) if as_json else print_text(show_catalogue(known))
        return
    if rule not in rules():
        from difflib import get_close_matches

        if re.fullmatch(r"[a-z]+[a-z0-9]*(-[a-z0-9]+)+", rule):
            raise UsageError(
                "rule-unknown",
                "This is the code of a refusal, if it is one, and no rule of what workbooks hold.",
                remedy="What to do stands above it, after the arrow; docs/refusals.md has every code.",
            )
        near = ", ".join(get_close_matches(rule, rules(), n=5, cutoff=0.5))
        raise UsageError(
            "rule-unknown",
            "There is no such rule.",
            remedy=f"Near it are: {near}." if near else "`sigpanel explain` lists every rule.",
        )
    print_json(rule_as_dict(rules()[rule])) if as_json else print_text(show_rule(rules()[rule]))


@app.command()
def doctor(study: StudyOption = HERE, as_json: JsonOption = False) -> None:
    """Look whether everything needed is in place."""
    from dataclasses import asdict

    from sigpanel.cli.show import show_looks
    from sigpanel.pipeline.doctor import doctor as run

    looks = run(study)
    print_json([asdict(look) for look in looks]) if as_json else print_text(show_looks(looks))
    raise typer.Exit(0 if all(look.is_well for look in looks) else 1)
