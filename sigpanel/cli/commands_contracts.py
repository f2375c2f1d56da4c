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
    write: Annotated[bool, typer.Option("--write", help="Write those that differ anew; in a checkout only.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make the generated contracts anew and tell where the files differ."""
    from sigpanel.cli.show_contracts import checked_as_dict, show_checked
    from sigpanel.contracts import generated

    written = generated.write() if write else ()
    differences = generated.check()
    files = len(generated.generated())
    if as_json:
        print_json(checked_as_dict(files, differences, written))
    else:
        print_text(show_checked(files, differences, written))
    raise typer.Exit(1 if differences else 0)


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
        standing = published.standing()
        beside, remedy, is_well = standing.compared, standing.remedy, standing.state in ("published", "unpublished")
    else:
        beside = (published.compared(named(old), named(new)),)
        remedy, is_well = "", beside[0].is_enough
    if as_json:
        print_json({"is_enough": is_well, "remedy": remedy, "compared": compared_as_dict(beside)})
    else:
        parts = [show_compared(each) for each in beside] or ["Nothing is published yet."]
        print_text("\n\n".join([*parts, *([f"  → {remedy}"] if remedy else [])]))
    raise typer.Exit(0 if is_well else 1)


@contracts.command()
def publish(as_json: JsonOption = False) -> None:
    """Keep what the working contract promises under its version, in a checkout; a published version never changes."""
    from sigpanel.contracts import published

    path, before = published.publish()
    if as_json:
        print_json({"version": before.version, "file": str(path), "is_new": before.state == "unpublished"})
    elif before.state == "published":
        print_text(f"Version {before.version} is published already, and says the same.")
    else:
        print_text(f"Version {before.version} is published: commit {path}.")
