"""The service under load, beside an echo of the same server, the bare model and MLflow's server.

A simulated company is trained; its open leads are copied until there are enough, with 20 events each, and put into the store.
Then 1, 32 and 1,000 leads at a time are scored by their ids, with and without reasons, the ledger on; each server in turn,
several rounds, medians. All on this machine, the client (wrk) too: trust the ratios.
"""

import tempfile
from pathlib import Path

import click

from benchmarks.crowd import crowd_of
from benchmarks.service_cases import CASES, EVENTS, PEERS, Case, can, requests_of
from benchmarks.service_load import Load, load
from benchmarks.service_page import Figures, page_of
from benchmarks.service_servers import running
from leadcast.bundle import Bundle
from leadcast.bundle_files import write_bundle
from leadcast.history import History
from leadcast.workspace.model import Workspace


@click.command(help=__doc__)
@click.option("--workspace", type=click.Path(path_type=Path), help="A trained workspace. [default: a new simulated one]")
@click.option("--leads", default=10_000, show_default=True, help="How many leads the store holds.")
@click.option("--seconds", default=6, show_default=True, help="Of load in each run.")
@click.option("--rounds", default=3, show_default=True)
@click.option("--only", multiple=True, type=click.Choice(PEERS), help="Only these servers. [default: all]")
@click.option("--write", type=click.Path(path_type=Path), help="Also write the page, such as benchmarks/RESULTS.md.")
def main(workspace: Path | None, leads: int, seconds: int, rounds: int, only: tuple[str, ...], write: Path | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        opened, history, bundle = prepare(workspace or simulated(scratch / "company"), leads)
        write_bundle(bundle, scratch / "bundle")
        found = measure(opened, history, bundle, scratch, seconds, rounds, only or PEERS)
    page = page_of(found, leads, seconds, rounds, bundle)
    click.echo(page)
    if write:
        write.write_text(page + "\n", encoding="utf-8")


def simulated(folder: Path) -> Path:
    """A simulated company with champions."""
    from leadcast.mapping import read_history
    from leadcast.simulate import simulate
    from leadcast.workspace import read_workspace
    from training.run import train

    click.echo("simulating and training ...", err=True)
    simulate(folder, 4000, 7, "crm")
    opened = read_workspace(folder)
    train(opened, read_history(opened), left_out={})
    return folder


def prepare(folder: Path, leads: int) -> tuple[Workspace, History, Bundle]:
    """A store with so many open leads, all scored once, as a running service has them."""
    from leadcast.mapping import read_history
    from leadcast.store import open_store
    from leadcast.store.bulk import load_history
    from leadcast.workspace import read_workspace
    from serving.desk import open_desk
    from serving.refresh import refresh_all

    click.echo("filling the store ...", err=True)
    opened = read_workspace(folder)
    history = crowd_of(read_history(opened), leads, EVENTS)
    store, desk = open_store(opened), open_desk(folder)
    load_history(store, history, history.end)
    refresh_all(store, desk, history.end)
    store.close()
    return opened, history, next(s.bundle for s in desk.scorers.values() if s.bundle.entity == "lead")


def measure(
    opened: Workspace, history: History, bundle: Bundle, scratch: Path, seconds: int, rounds: int, peers: tuple[str, ...]
) -> Figures:
    """The figures of each round; a server runs alone, and each round goes through all of them."""
    found: dict[str, dict[Case, list[Load]]] = {peer: {case: [] for case in CASES} for peer in peers}
    for number in range(rounds):
        for peer in peers:
            click.echo(f"round {number + 1} of {rounds}: {peer}", err=True)
            with running(peer, opened, bundle.target.name, scratch) as address:
                for case in (case for case in CASES if can(peer, case)):
                    path, bodies = requests_of(peer, case, history, bundle)
                    load(address + path, bodies, case.clients, 1)
                    found[peer][case].append(load(address + path, bodies, case.clients, seconds, number))
    return found


if __name__ == "__main__":
    main()
