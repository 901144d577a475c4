"""A simulated CRM on disk: its files, the truth beside them, and the mapping that reads them."""

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from leadcast.errors import SourceError
from leadcast.simulate import dialects
from leadcast.simulate.blocks import Block, draw_blocks, rng_of
from leadcast.simulate.canonical import canonical_tables
from leadcast.simulate.crm import crm_lookups, crm_tables
from leadcast.simulate.dirt import Dirt, write_planted
from leadcast.simulate.people import BLOCK
from leadcast.simulate.shapes import export_tables, log_tables, snapshot_tables
from leadcast.simulate.truth import FOLDER, life_table
from leadcast.simulate.writing import Columns, Files
from leadcast.vocabulary import ENTITIES

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@dataclass(frozen=True)
class Shape:
    """One way to write the company down.

    Attributes
    ----------
    example : the folder under examples/ with the mapping that reads it
    tables : what one block adds to each file
    lookups : the files that do not grow with the leads
    delimiter : what separates the columns of all files
    """

    example: str
    tables: Callable[[Block, int, Dirt], dict[str, Columns]]
    lookups: Callable[[int], dict[str, Columns]] = lambda leads: {}
    delimiter: str = ","


SHAPES = {
    "crm": Shape("simulated-crm", crm_tables, crm_lookups),
    "snapshot": Shape("simulated-snapshot", snapshot_tables),
    "log": Shape("simulated-log", log_tables),
    "export": Shape("simulated-export", export_tables),
    "salesforce": Shape("salesforce", dialects.salesforce_tables, dialects.salesforce_lookups),
    "hubspot": Shape("hubspot", dialects.hubspot_tables, dialects.hubspot_lookups),
    "odoo": Shape("odoo", dialects.odoo_tables, dialects.odoo_lookups),
    "dynamics": Shape("dynamics", dialects.dynamics_tables, dialects.dynamics_lookups, delimiter=";"),
}


def simulate(
    folder: Path, leads: int, seed: int, shape: str = "crm", progress: Callable[[int, int], None] | None = None
) -> None:
    """Write a world of so many leads, block by block; memory does not grow with it.

    Beside the shape's files: ``truth/`` with the uncut canonical tables, every chain's parameters and what was planted;
    and, if the folder has none, the committed ``leadcast.toml`` that maps the shape.

    Parameters
    ----------
    folder : made if it is not there; files of an earlier simulation are replaced
    leads : at least 1
    seed : the same seed writes the same bytes
    shape : "crm", "snapshot", "log", "export", or a CRM's name: "salesforce", "hubspot", "odoo", "dynamics"
    progress : called with (leads done, leads in all)

    Raises
    ------
    SourceError : there is no such shape, or not even one lead
    """
    if shape not in SHAPES:
        raise SourceError(f'There is no shape "{shape}" of the simulated CRM; there is {", ".join(SHAPES)}.')
    if leads < 1:
        raise SourceError(f"A simulated CRM needs at least 1 lead; found {leads}.")
    planted: Counter[tuple[str, str]] = Counter()
    written = SHAPES[shape]
    with Files(Path(folder), FOLDER, written.delimiter) as files:
        for name, columns in written.lookups(leads).items():
            files.csv(name, columns)
        for block in draw_blocks(leads, seed):
            dirt = Dirt(rng_of(seed, block.number, 3))
            for name, columns in written.tables(block, leads, dirt).items():
                files.csv(name, columns)
            _write_truth(files, block)
            planted += dirt.planted
            if progress:
                progress(min((block.number + 1) * BLOCK, leads), leads)
        write_planted(files.truth / "planted.json", planted)
    _copy_mapping(Path(folder), written.example)


def _write_truth(files: Files, block: Block) -> None:
    for name, table in canonical_tables(block).items():
        files.parquet(name, table)
    for entity in ENTITIES:
        files.parquet(f"{entity}_lives", life_table(block, entity))


def _copy_mapping(folder: Path, example: str) -> None:
    """The mapping stands once, under examples/; an editable install finds it there."""
    mapping = EXAMPLES / example / "leadcast.toml"
    if mapping.is_file() and not (folder / "leadcast.toml").exists():
        shutil.copyfile(mapping, folder / "leadcast.toml")
