"""A new bundle is loaded and asked in a process that may die of it: LightGBM aborts on a damaged model, past any ``except``.

``python -m serving.canary WORKSPACE FOLDER...`` (``LEADCAST_DATA`` as for the service) prints a line of JSON per bundle.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from leadcast.errors import LeadcastError

if TYPE_CHECKING:
    from leadcast.vocabulary import Vocabulary
    from serving.scores import Scorer

PATIENCE_SECONDS = 60.0
MARK = "canary: "
ROOT = Path(__file__).resolve().parent.parent


def try_out(workspace: Path, data: Path | None, folders: Sequence[Path], patience: float = PATIENCE_SECONDS) -> dict[Path, str]:
    """Why bundles cannot answer, by folder; those that can are left out.

    One process tries them one after the other. Where it dies, the bundle that it was at is refused, and another process goes
    on with the rest.

    Parameters
    ----------
    patience : seconds for each process
    """
    refused: dict[Path, str] = {}
    left = list(folders)
    while left:
        verdicts, end = _one_process(workspace, data, left, patience)
        refused |= {folder: reason for folder, reason in zip(left, verdicts, strict=False) if reason is not None}
        left = left[len(verdicts):]
        if left:
            refused[left.pop(0)] = end
    return refused


def prove(scorer: "Scorer", vocabulary: "Vocabulary") -> None:
    """Unpack everything, repeat the golden rows and score a row of nothing, with its curve.

    Raises
    ------
    BundleError : the running code or leadcast.toml makes other features, or the golden rows' log-odds differ
    """
    import numpy as np

    from leadcast.errors import BundleError
    from leadcast.members import TOLERANCE

    scorer.check(vocabulary)
    bundle = scorer.bundle
    gap = np.abs(bundle.log_odds(bundle.golden.values) - bundle.golden.log_odds).max(initial=0.0)
    if not gap <= TOLERANCE:
        raise BundleError(f"The golden rows of {bundle.target.name} score otherwise here than where it was trained (log-odds "
                          f"differ by up to {gap:.2e}, allowed {TOLERANCE:.0e}). Retrain (leadcast train --promote).")
    if bundle.curve is not None:
        bundle.curves(np.full((1, len(bundle.contract.features)), np.nan)).ever()


def _one_process(workspace: Path, data: Path | None, folders: list[Path], patience: float) -> tuple[list[str | None], str]:
    """What a process said of the first of these folders, as far as it came, and how it ended."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "LEADCAST_DATA": "" if data is None else str(data)}
    command = [sys.executable, "-m", "serving.canary", str(workspace), *map(str, folders)]
    try:
        ended = subprocess.run(command, env=environ, capture_output=True, text=True, errors="replace", timeout=patience)
        said, code = ended.stdout, ended.returncode
    except subprocess.TimeoutExpired as late:
        said, code = (late.stdout or b"").decode(errors="replace") if isinstance(late.stdout, bytes) else late.stdout or "", None
    verdicts = [json.loads(line.removeprefix(MARK)) for line in said.splitlines() if line.startswith(MARK)]
    return verdicts, _ending(code, patience)


def _ending(code: int | None, patience: float) -> str:
    if code is None:
        return f"the process that loaded it had no answer after {patience:g} seconds"
    if code < 0:
        return f"the process that loaded it was killed by {signal.Signals(-code).name}"
    return f"the process that loaded it ended with exit code {code}"


def _verdict(folder: Path, vocabulary: "Vocabulary") -> str | None:
    from leadcast.bundle_files import read_bundle
    from serving.scores import Scorer

    try:
        prove(Scorer(read_bundle(folder)), vocabulary)
    except LeadcastError as mistake:
        return str(mistake)
    except Exception as bug:
        return f"loading it failed: {type(bug).__name__}"
    return None


def main(arguments: Sequence[str]) -> int:
    from leadcast.mapping import vocabulary_of
    from leadcast.workspace import read_workspace

    workspace, *folders = map(Path, arguments)
    data = os.environ.get("LEADCAST_DATA")
    try:
        vocabulary = vocabulary_of(read_workspace(workspace, Path(data) if data else None))
    except LeadcastError as mistake:
        for _ in folders:
            _say(str(mistake))
        return 1
    verdicts = [_say(_verdict(folder, vocabulary)) for folder in folders]
    return 1 if any(verdicts) else 0


def _say(verdict: str | None) -> str | None:
    sys.stdout.write(f"\n{MARK}{json.dumps(verdict)}\n")  # a line of its own, also after what a library printed
    sys.stdout.flush()
    return verdict


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
