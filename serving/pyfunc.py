"""How MLflow opens a bundle: ``mlflow.pyfunc.load_model`` calls this module where Leadcast is installed."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from leadcast.bundle import Bundle
from leadcast.bundle_files import read_bundle
from leadcast.errors import BundleError


class Scorer:
    """Rows of the bundle's contract in, calibrated probabilities out."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle

    def predict(self, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> np.ndarray:
        """Probabilities, shape (n,), of a table whose columns are the contract's features in any order.

        Raises
        ------
        BundleError : names the columns that are missing or unknown
        """
        names = self.bundle.contract.names
        missing = [n for n in names if n not in model_input.columns]
        unknown = [str(c) for c in model_input.columns if c not in names]
        if missing or unknown:
            parts = [f"{label} {', '.join(found[:5])}" for label, found in (("missing", missing), ("unknown", unknown)) if found]
            raise BundleError(f"The table does not have the model's {len(names)} columns: {'; '.join(parts)}. "
                              "Compute it with features.feature_table and the bundle's context.")
        return self.bundle.score(model_input[names].to_numpy(np.float64), explain=False).probability


def _load_pyfunc(data_path: str) -> Scorer:
    return Scorer(read_bundle(Path(data_path)))
