"""The peers, each with its defaults: ``python benchmarks/peers.py MODEL FOLDER`` in any interpreter that has the peer's library.

Reads ``train.csv`` and ``test.csv`` of the folder (inputs, and ``outcome`` in the first) and writes ``MODEL.json`` there:
the probabilities of the test rows, seconds to fit and to predict, and milliseconds for one row. Imports nothing of Leadcast, so
that a peer never becomes a dependency of it.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

Predict = Callable[[pd.DataFrame], np.ndarray]
AUTOGLUON_SECONDS = 180
THREADS = 2
PRIOR_COUNT = 0.1  # what Odoo adds to every count of won and lost
NUMBER_BINS = 10


def base_rate(rows: pd.DataFrame, outcome: np.ndarray) -> Predict:
    return lambda new: np.full(len(new), outcome.mean())


def odoo_bayes(rows: pd.DataFrame, outcome: np.ndarray) -> Predict:
    """Naive Bayes as in Odoo's predictive lead scoring: won and lost counted per value, 0.1 added, one field after the other.

    A missing value counts for nothing and says nothing, nor does one that was never seen. Odoo scores categories only, so
    numbers are cut into tenths.
    """
    edges = {name: np.unique(rows[name].quantile(np.linspace(0, 1, NUMBER_BINS + 1)[1:-1]).dropna()) for name in numbers(rows)}

    def values(frame: pd.DataFrame) -> pd.DataFrame:
        cut = {name: pd.Series(np.digitize(frame[name], edges[name]), frame.index).where(frame[name].notna())
               if name in edges else frame[name] for name in frame}
        return pd.DataFrame(cut, index=frame.index)

    known = values(rows)
    won, lost = outcome == 1, outcome == 0
    evidence = {}
    for name in known:
        count = pd.DataFrame({"won": known.loc[won, name].value_counts(), "lost": known.loc[lost, name].value_counts()})
        count = count.fillna(0) + PRIOR_COUNT
        evidence[name] = np.log(count["won"] / count["won"].sum()) - np.log(count["lost"] / count["lost"].sum())
    prior = np.log(won.sum() / lost.sum())

    def predict(new: pd.DataFrame) -> np.ndarray:
        told = values(new)
        odds = prior + sum(told[name].map(evidence[name]).astype(float).fillna(0.0).to_numpy() for name in told)
        return 1 / (1 + np.exp(-odds))

    return predict


def logistic(rows: pd.DataFrame, outcome: np.ndarray) -> Predict:
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    number = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    columns = make_column_transformer((number, numbers(rows)), (OneHotEncoder(handle_unknown="ignore"), categories(rows)))
    model = make_pipeline(columns, LogisticRegression(max_iter=2000)).fit(text(rows), outcome)
    return lambda new: model.predict_proba(text(new))[:, 1]


def lightgbm(rows: pd.DataFrame, outcome: np.ndarray) -> Predict:
    from lightgbm import LGBMClassifier

    levels = {name: sorted(values.unique()) for name, values in text(rows)[categories(rows)].items()}

    def typed(frame: pd.DataFrame) -> pd.DataFrame:
        told = text(frame)
        return told.assign(**{name: pd.Categorical(told[name].where(told[name].isin(known)), categories=known)
                              for name, known in levels.items()})

    model = LGBMClassifier(n_jobs=THREADS, verbose=-1).fit(typed(rows), outcome)
    return lambda new: model.predict_proba(typed(new))[:, 1]


def catboost(rows: pd.DataFrame, outcome: np.ndarray) -> Predict:
    from catboost import CatBoostClassifier

    model = CatBoostClassifier(thread_count=THREADS, verbose=False, allow_writing_files=False, cat_features=categories(rows))
    model.fit(text(rows), outcome)
    return lambda new: model.predict_proba(text(new))[:, 1]


def autogluon(rows: pd.DataFrame, outcome: np.ndarray) -> Predict:
    from autogluon.tabular import TabularPredictor

    table = rows.assign(outcome=outcome.astype(int))
    predictor = TabularPredictor("outcome", eval_metric="log_loss", path=tempfile.mkdtemp(), verbosity=0)
    predictor.fit(table, presets="best_quality", time_limit=AUTOGLUON_SECONDS, num_cpus=THREADS, num_gpus=0)
    return lambda new: predictor.predict_proba(new)[1].to_numpy()


PEERS = {"base rate": base_rate, "Odoo's Bayes": odoo_bayes, "logistic": logistic, "LightGBM": lightgbm, "CatBoost": catboost,
         "AutoGluon": autogluon}
LIBRARY = {"logistic": "sklearn", "LightGBM": "lightgbm", "CatBoost": "catboost", "AutoGluon": "autogluon.tabular"}


def numbers(rows: pd.DataFrame) -> list[str]:
    return [name for name in rows if pd.api.types.is_numeric_dtype(rows[name]) and not pd.api.types.is_bool_dtype(rows[name])]


def categories(rows: pd.DataFrame) -> list[str]:
    return [name for name in rows if name not in numbers(rows)]


def text(rows: pd.DataFrame) -> pd.DataFrame:
    """Categories as text, a missing one as a value of its own."""
    return rows.assign(**{name: rows[name].astype(object).where(rows[name].notna(), "(missing)").astype(str)
                          for name in categories(rows)})


def milliseconds(predict: Predict, row: pd.DataFrame) -> float:
    """Median time of one answer for one row."""
    took = []
    for _ in range(20):
        began = time.perf_counter()
        predict(row)
        took.append(time.perf_counter() - began)
    return float(np.median(took) * 1000)


def main(model: str, folder: Path) -> None:
    train, test = (pd.read_csv(folder / name, low_memory=False) for name in ("train.csv", "test.csv"))
    both = pd.concat([train.drop(columns="outcome"), test])  # one type per column, whatever the newest rows hold
    outcome = train["outcome"].to_numpy(dtype=float)
    began = time.perf_counter()
    predict = PEERS[model](both.iloc[: len(train)], outcome)
    fitted = time.perf_counter()
    probability = predict(both.iloc[len(train):])
    done = time.perf_counter()
    answer = {"probability": [float(p) for p in probability], "seconds": done - began, "fit_seconds": fitted - began,
              "row_milliseconds": milliseconds(predict, both.iloc[[len(train)]])}
    (folder / f"{model}.json").write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", str(THREADS))
    main(sys.argv[1], Path(sys.argv[2]))
