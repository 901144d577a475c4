"""Made-up exports of leads or deals in five forms, read through a workspace as a user's would be, and what the gate finds."""

from pathlib import Path

import numpy as np
import pandas as pd
from planted_leaks import Tally
from stranger_columns import FOR_CLOSED_ALONE, HONEST, LEAKS, Leads, day_texts

FORMS = ("dates of won and lost", "dates of wins", "outcome and creation", "static", "stage of today")
NOISE = (0.05, 0.10, 0.15, 0.20)
STAGES = {
    "dates of won and lost": 'from = "current"\ncolumns = { id = "Id", stage = "Status", entered_at = "Closed" }\n'
                             'where = { Status = ["won", "lost"] }',
    "dates of wins": 'from = "dates"\ncolumns = { id = "Id" }\ndates = { Closed = "won" }',
    "outcome and creation": 'from = "outcome"\ncolumns = { id = "Id", stage = "Status" }\nwon = ["won"]\nlost = ["lost"]',
    "static": 'from = "outcome"\ncolumns = { id = "Id", stage = "Status" }\nwon = ["won"]\nlost = ["lost"]',
    "stage of today": 'from = "current"\ncolumns = { id = "Id", stage = "Status" }\nvalues = { "" = "new" }',
}
TOML = """
[workspace]
name = "stranger"
timezone = "UTC"
[tables.rows]
file = "rows.csv"
[{section}]
table = "rows"
columns = {{ {key} = "Id", {order} }}
[{section}.attributes]
{attributes}
[[pipelines]]
entity = "{entity}"
stages = ["new", "won", "lost"]
won = ["won"]
lost = ["lost"]
[[stages]]
entity = "{entity}"
table = "rows"
{stages}
[targets.win]
entity = "{entity}"
stages = ["won"]
"""


def draw_leads(rng: np.random.Generator) -> Leads:
    """500 to 20,000 leads, base rates of 5 to 60 %, none open or 5 to 40 %, the base rate moving in time."""
    rows, base = int(np.exp(rng.uniform(np.log(500), np.log(20_000)))), float(np.exp(rng.uniform(np.log(0.05), np.log(0.6))))
    span, quality = float(rng.choice([240, 540, 900])), rng.normal(size=rows)
    created = np.sort(rng.beta(rng.choice([1, 1.6]), 1, rows)) * span
    effect = 1.1 * quality + rng.choice([0, 0.4, 0.8]) * np.sin(created / span * rng.choice([2, 6, 12]))
    levels = np.linspace(-12, 12, 400)
    level = levels[np.argmin([abs(float((1 / (1 + np.exp(-effect - b))).mean()) - base) for b in levels])]
    won = rng.random(rows) < 1 / (1 + np.exp(-effect - level))
    life = np.exp(rng.normal(0, 0.85, rows)) * np.where(won, 1.0, rng.choice([0.8, 1.5]))
    if rng.random() < 0.4:
        return Leads(quality, created, life := life * 30, won, ~won, span, float((created + life).max()) + 1)
    open_share = rng.uniform(0.05, 0.4)
    life = life / np.quantile(life / np.maximum(span - created, 1e-6), 1 - open_share)
    closed = created + life <= span
    return Leads(quality, created, life, won & closed, ~won & closed, span, span)


def write_export(seed: int, folder: Path) -> tuple[dict[str, str], set[str]]:
    """A CSV with its leadcast.toml: (planted column -> kind of leak, honest columns)."""
    rng = np.random.default_rng(seed)
    form, leads, noise = FORMS[seed % len(FORMS)], draw_leads(rng), float(rng.choice(NOISE))
    status = np.where(leads.won, "won", np.where(leads.lost, "lost", ""))
    ended = leads.won | (leads.lost & (form == FORMS[0]))
    fixed = {"Id": 7000 + np.arange(leads.rows), "Created": day_texts(leads.created, "%Y-%m-%d %H:%M:%S"), "Status": status,
             "Closed": np.where(ended, day_texts(leads.created + leads.life, "%Y-%m-%d %H:%M:%S"), "")}
    told_open = form != "dates of wins" and float((~leads.closed).mean()) > 0.03
    possible = [kind for kind in LEAKS if told_open or kind not in FOR_CLOSED_ALONE]
    planted = {f"Extra {n}": str(kind) for n, kind in enumerate(rng.permutation(possible)[: rng.integers(1, 5)])}
    honest = [str(name) for name in rng.permutation(list(HONEST))[: rng.integers(7, 13)]]
    columns = {name: HONEST[name](rng, leads) for name in honest} | {
        name: LEAKS[kind](rng, leads, noise) for name, kind in planted.items()}
    left_out = {"static": ["Created", "Closed"], "dates of wins": ["Status"], "dates of won and lost": []}.get(form, ["Closed"])
    pd.DataFrame({**fixed, **columns}).drop(columns=left_out).to_csv(folder / "rows.csv", index=False)
    numbers = {name for name, values in columns.items() if not isinstance(pd.Series(values).dropna().iloc[0], str)}
    attributes = "\n".join(f'a{n} = {{ column = "{name}", type = "{"number" if name in numbers else "category"}" }}'
                           for n, name in enumerate(rng.permutation(list(columns))))
    entity, section, key = [("lead", "leads", "lead_id"), ("opportunity", "opportunities", "opportunity_id")][rng.integers(2)]
    order = 'order = "Id"' if form == "static" else 'created_at = "Created"'
    (folder / "leadcast.toml").write_text(TOML.format(
        entity=entity, section=section, key=key, order=order, attributes=attributes, stages=STAGES[form]), encoding="utf-8")
    return planted, set(honest)


def judge_export(seed: int, folder: Path, tally: Tally) -> None:
    """The whole gate on one export."""
    from leadcast.leaks import find_leaks
    from leadcast.mapping import read_history
    from leadcast.workspace import read_workspace

    folder.mkdir(parents=True, exist_ok=True)
    planted, honest = write_export(seed, folder)
    workspace = read_workspace(folder)
    found = {leak.column: leak for leak in find_leaks(read_history(workspace), workspace) if leak.status != "suspect"}
    tally.honest += len(honest)
    for name, kind in planted.items():
        (tally.found if name in found else tally.missed)[kind] += 1
        if name not in found:
            tally.misses[kind].append(f"seed {seed} {FORMS[seed % len(FORMS)]}")
    for name in sorted(honest & set(found)):
        tally.wrong[name] += 1
        tally.misses[name].append(f"seed {seed}: {found[name].best.kind}: {found[name].best.reason}")
