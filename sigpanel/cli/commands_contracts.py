"""The commands on contracts themselves, without a study: are the generated ones right, what changed, and publishing."""

from __future__ import annotations

from typing import Annotated

import typer

from sigpanel.cli.app import JsonOption, app, help_if_alone, print_json, print_text

contracts = typer.Typer(help="Contracts against their sources.", rich_markup_mode=None)
app.add_typer(contracts, name="contracts")


@contracts.callback(invoke_without_command=True)
def alone(context: typer.Context) -> None:
    """Contracts against their sources."""
    help_if_alone(context)


@contracts.command()
def check(
    write: Annotated[
        bool, typer.Option("--write", help="Write those that differ anew, pages of docs too; in a checkout only.")
    ] = False,
    consumer: Annotated[
        list[str] | None, typer.Option(help="A consumer contract, by name or file; repeatable. Else all of them.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell where generated contracts and pages differ from their sources, and what consumers need and are not promised.

    And where sources contradict each other, which would stop a build one day.
    """
    from sigpanel.cli.show_contracts import Checked, checked_as_dict, show_checked
    from sigpanel.contracts import generated
    from sigpanel.contracts.consumers import consumer as read
    from sigpanel.contracts.consumers import names_of_consumers, unpromised
    from sigpanel.contracts.sources import contradictions
    from sigpanel.report import docs_pages

    docs = docs_pages.docs_dir()
    checked = Checked(
        written=(*generated.write(), *docs_pages.write()) if write else (),
        files=len(generated.generated()),
        pages=len(docs_pages.pages(docs)) if docs else 0,
        differences=(*generated.check(), *docs_pages.check()),
        contradictions=contradictions(),
        needs={one.name: tuple(unpromised(one)) for one in map(read, consumer or names_of_consumers())},
    )
    if as_json:
        print_json(checked_as_dict(checked))
    else:
        print_text(show_checked(checked))
    raise typer.Exit(0 if checked.is_well else 1)


@contracts.command()
def diff(
    old: Annotated[
        str | None,
        typer.Argument(help="A published version, or a file; else the newest published of each live major."),
    ] = None,
    new: Annotated[str | None, typer.Argument(help="The same; else the working contract.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what changed between two versions, what it does to consumers, and the least version; exit 1 below it."""
    from sigpanel.cli.show_versions import compared_as_dict, show_compared
    from sigpanel.contracts import published
    from sigpanel.contracts.named import named

    if old is None:
        standings = published.standings()
        beside = tuple(each for standing in standings for each in standing.compared)
        remedies = [f"{standing.of}: {standing.remedy}" for standing in standings if standing.remedy]
        is_well = all(standing.state in ("published", "unpublished") for standing in standings)
    else:
        beside = (published.compared(named(old), named(new)),)
        remedies, is_well = [], beside[0].is_enough
    if as_json:
        print_json({"is_enough": is_well, "remedies": remedies, "compared": compared_as_dict(beside)})
    else:
        print_text("\n\n".join([*map(show_compared, beside), *(f"  → {remedy}" for remedy in remedies)]))
    raise typer.Exit(0 if is_well else 1)


@contracts.command()
def publish(as_json: JsonOption = False) -> None:
    """Keep what each working contract promises under its version, in a checkout; a published version never changes."""
    from sigpanel.cli.show_versions import published_as_dict, show_published
    from sigpanel.contracts import published

    done = published.publish()
    if as_json:
        print_json(published_as_dict(done))
    else:
        print_text(show_published(done))
