"""The command that erases a person."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leadcast.errors import LeadcastError
from leadcast.options import json_option, print_json, workspace_options

if TYPE_CHECKING:
    from serving.erase import Erased


@click.command()
@workspace_options
@click.argument("what", required=False, type=click.Choice(["lead", "opportunity"]))
@click.argument("entity_id", required=False, metavar="ID")
@click.option("--with-opportunities", is_flag=True, help="A lead's deals go too; else they stay without their link to it.")
@click.option("--again", is_flag=True, help="Erase whoever was erased before and is back, after a backup was restored.")
@json_option
def erase(workspace: Path, data: Path | None, what: Any, entity_id: str | None, with_opportunities: bool, again: bool,
          as_json: bool) -> None:
    """Erase a lead or a deal: from the store, from files beside it, and from saved forecasts, which keep its amount.

    Example: leadcast erase lead L0003986   or   leadcast erase --again
    """
    from leadcast.moment import as_utc
    from leadcast.store import open_store
    from leadcast.workspace import read_workspace
    from serving.erase import erase as erase_one
    from serving.erase import erase_again
    from serving.routes.erasure import told

    if again == (entity_id is not None) or (what is None) != (entity_id is None):
        raise LeadcastError("Say whom to erase: leadcast erase lead ID, or leadcast erase opportunity ID; or --again.")
    opened, now = read_workspace(workspace, data), as_utc(datetime.now(UTC))
    store = open_store(opened)
    if again or entity_id is None:
        done = erase_again(opened, store, now)
    else:
        done = [erase_one(opened, store, what, entity_id, now, with_opportunities)]
    if as_json:
        print_json([told(one).model_dump() for one in done] if again else told(done[0]).model_dump())
        return
    for one in done:
        _print(one)
    if not done:
        click.echo("Nobody who was erased is back.")


def _print(done: "Erased") -> None:
    click.echo(f"Erased {done.entity} {done.entity_id}{' (again)' if done.already else ''}.")
    for place, count in done.removed.items():
        click.echo(f"  {count:>7,}  {place}")
    for title, lines in (
        ("Kept", done.kept),
        ("Models that had learned from it", [f"{v.model}{' (answers now)' if v.is_champion else ''}" for v in done.models or ()]
         if done.models is not None else ["the model registry does not answer; leadcast models says which there are"]),
        ("Could not be changed now", done.left), ("Out of reach", done.beyond_reach),
    ):
        if lines:
            click.echo(f"{title}:")
        for line in lines:
            click.echo(f"  {line}")
