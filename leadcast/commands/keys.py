"""Commands on the keys that open the service."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leadcast.errors import LeadcastError
from leadcast.options import json_option, print_json, workspace_options

if TYPE_CHECKING:
    import numpy as np

    from leadcast.store import Store
    from leadcast.store.api_keys import ApiKey

SCOPES = ("score", "ingest", "read", "admin")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}")
ONCE = "This is the only time it is shown; the store keeps a hash."


@click.group()
def keys() -> None:
    """Make, list, exchange and end the keys that open the service.

    Once there is a key, every request needs one; without any the service answers on this machine only.

    Example: leadcast keys add crm --scope score --scope ingest   then   leadcast keys list
    """


def _expires_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--expires-days", type=click.FloatRange(0, 36_500, min_open=True), metavar="DAYS",
                        help="It ends by itself after so long. [default: never]")(command)


@keys.command()
@click.argument("name")
@workspace_options
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES),
              help="What it may do: score records and run jobs, ingest records, read what is there, admin (everything, erasure "
              "too); may be repeated.")
@click.option("--owner", "owners", multiple=True, help="Only this owner's records; may be repeated.")
@click.option("--manager", "managers", multiple=True, help="Only records of owners who have this manager; may be repeated.")
@click.option("--region", "regions", multiple=True, help="Only records of owners in this region; may be repeated.")
@_expires_option
@click.option("--per-minute", type=click.IntRange(1, 10_000_000), help="Requests a minute. [default: the service's 6000]")
@json_option
def add(name: str, workspace: Path, data: Path | None, scopes: tuple[str, ...], owners: tuple[str, ...],
        managers: tuple[str, ...], regions: tuple[str, ...], expires_days: float | None, per_minute: int | None,
        as_json: bool) -> None:
    """Make a key and print it, once.

    Example: leadcast keys add crm-sync --scope ingest --scope score   or   leadcast keys add ann --scope read --owner ann
    """
    from leadcast.store.api_keys import make_key

    if not NAME.fullmatch(name):
        raise LeadcastError("A key's name has 1 to 64 letters, digits, spaces or . _ @ -, and begins with a letter or digit.")
    limits = [(by, to) for by, to in (("owner", owners), ("manager", managers), ("region", regions)) if to]
    if len(limits) > 1:
        raise LeadcastError("A key is limited by owners, by managers or by regions: write one of --owner, --manager, --region.")
    by, to = limits[0] if limits else (None, ())
    store, now = _open(workspace, data)
    text, key = make_key(store, name, scopes, now, by, to, _after(now, expires_days), per_minute)
    _print_made(text, key, now, as_json)


@keys.command("list")
@workspace_options
@json_option
def list_(workspace: Path, data: Path | None, as_json: bool) -> None:
    """List all keys, those that have ended too; never the keys themselves."""
    from leadcast.show import console, table
    from leadcast.store.api_keys import list_keys

    store, now = _open(workspace, data)
    known = list_keys(store)
    if as_json:
        print_json([_json(key, now) for key in known])
    elif known:
        headings = ("id", "name", "scopes", "limited to", "made", "expires", "last used", "state")
        console().print(table("", [(heading, "left") for heading in headings], [_row(key, now) for key in known]))
    else:
        click.echo("There are no keys: the service answers whoever reaches it on this machine. Make one with leadcast keys add.")


@keys.command()
@click.argument("which", metavar="KEY_ID_OR_NAME")
@workspace_options
@click.option("--in-days", type=click.FloatRange(0, 36_500, min_open=True), metavar="DAYS",
              help="Let it end after so long, not now.")
@json_option
def revoke(which: str, workspace: Path, data: Path | None, in_days: float | None, as_json: bool) -> None:
    """End a key; a running service refuses it within two seconds, and ends its sessions."""
    from leadcast.store.api_keys import revoke_key

    store, now = _open(workspace, data)
    key = revoke_key(store, which, now, _after(now, in_days))
    if as_json:
        print_json({"key_id": key.key_id, "name": key.name})
    else:
        click.echo(f"{key.key_id} ({key.name}) {'ends now' if in_days is None else f'ends in {in_days:g} days'}.")


@keys.command()
@click.argument("name")
@workspace_options
@_expires_option
@json_option
def rotate(name: str, workspace: Path, data: Path | None, expires_days: float | None, as_json: bool) -> None:
    """Make a second key of the same name, scopes and limit; both are live until the older one is revoked."""
    from leadcast.store.api_keys import rotate_key

    store, now = _open(workspace, data)
    text, key, old = rotate_key(store, name, now, _after(now, expires_days))
    _print_made(text, key, now, as_json, replaces=old.key_id)


def _open(workspace: Path, data: Path | None) -> "tuple[Store, np.datetime64]":
    """The store, and now."""
    from datetime import UTC, datetime

    from leadcast.moment import as_utc
    from leadcast.store import open_store
    from leadcast.workspace import read_workspace

    return open_store(read_workspace(workspace, data)), as_utc(datetime.now(UTC))


def _after(now: "np.datetime64", count: float | None) -> "np.datetime64 | None":
    from leadcast.moment import days

    return None if count is None else now + days(count)


def _print_made(text: str, key: "ApiKey", now: "np.datetime64", as_json: bool, replaces: str = "") -> None:
    if as_json:
        print_json({"key": text, **_json(key, now), **({"replaces": replaces} if replaces else {})})
        return
    click.echo(text)
    click.echo(ONCE, err=True)
    if replaces:
        click.echo(f"Once nobody uses the old one (leadcast keys list): leadcast keys revoke {replaces}", err=True)


def _json(key: "ApiKey", now: "np.datetime64") -> dict[str, Any]:
    times = {"created_at": key.created_at, "expires_at": key.expires_at, "revoked_at": key.revoked_at,
             "last_used_at": key.last_used_at}
    return {"key_id": key.key_id, "name": key.name, "scopes": sorted(key.scopes), "limit_by": key.limit_by,
            "limit_to": list(key.limit_to), "per_minute": key.rate_per_minute, "state": _state(key, now),
            **{name: _iso(at) for name, at in times.items()}}


def _row(key: "ApiKey", now: "np.datetime64") -> list[str]:
    limit = f"{key.limit_by} {', '.join(key.limit_to)}" if key.limit_by else ""
    times = ((_iso(at) or "")[:16].replace("T", " ") for at in (key.created_at, key.expires_at, key.last_used_at))
    return [key.key_id, key.name, " ".join(sorted(key.scopes)), limit, *times, _state(key, now)]


def _state(key: "ApiKey", now: "np.datetime64") -> str:
    return "live" if key.is_live(now) else "revoked" if key.revoked_at is not None else "expired"


def _iso(at: int | None) -> str | None:
    import numpy as np

    from leadcast.moment import iso

    return None if at is None else iso(np.datetime64(at, "us"))
