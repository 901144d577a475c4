"""Execute every notebook from its percent script, and keep its stripped twin (.ipynb without outputs) in step.

``python notebooks/execute.py``            executes all; fails where one fails or a twin is stale
``python notebooks/execute.py --write``    writes the twins as well
"""

import sys
import tempfile
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

FOLDER = Path(__file__).resolve().parent


def stripped(script: Path) -> str:
    """The notebook of a script as text: no outputs, and cell ids by position so that it is the same every time."""
    notebook = jupytext.read(script)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:02d}"
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return nbformat.writes(notebook, version=4) + "\n"


def main(write: bool) -> int:
    failed = 0
    for script in sorted(FOLDER.glob("[0-9]*.py")):
        text, twin = stripped(script), script.with_suffix(".ipynb")
        if write:
            twin.write_text(text, encoding="utf-8")
        elif not twin.exists() or twin.read_text(encoding="utf-8") != text:
            print(f"{twin.name} is not the twin of {script.name}: run python notebooks/execute.py --write", file=sys.stderr)
            failed += 1
        notebook = nbformat.reads(text, as_version=4)
        with tempfile.TemporaryDirectory() as folder:
            try:
                NotebookClient(notebook, timeout=900, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()
            except CellExecutionError as error:
                print(f"{script.name} failed:\n{error}", file=sys.stderr)
                failed += 1
                continue
        print(f"{script.name}: {sum(cell.cell_type == 'code' for cell in notebook.cells)} cells ran")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(write="--write" in sys.argv[1:]))
