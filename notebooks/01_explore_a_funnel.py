# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Explore a funnel before modelling it
#
# Ten minutes with the data save a week with the model. This notebook reads a workspace, counts who reached what and how long it took,
# looks at what happens in time, and finds the two things that fool models of funnels: **open is not lost**, and **what is written together
# with the outcome is not a cause**.
#
# It runs on the simulated company. To run it on your own workspace, set `LEADCAST_WORKSPACE` (and `LEADCAST_DATA` where the
# files lie elsewhere), for example on the real loan funnel of `examples/loan-funnel`.

# %%
import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from leadcast.leaks import leak_lines, refuse_leaks
from leadcast.mapping import read_history
from leadcast.workspace import read_workspace

folder, data = os.environ.get("LEADCAST_WORKSPACE"), os.environ.get("LEADCAST_DATA")
if folder is None:
    from leadcast.simulate import simulate

    folder = tempfile.mkdtemp()
    simulate(Path(folder), leads=2500, seed=7, shape="crm")

workspace = read_workspace(Path(folder), Path(data) if data else None)
history = read_history(workspace)
print(f"{history.leads.rows:,} leads, {history.opportunities.rows:,} deals, {history.events.rows:,} events, up to {history.end}")

# %% [markdown]
# ## Who got how far
#
# One line per stage. *Open* counts those whose newest stage it is today. The time is from creation to the first entry, in days, for those who
# entered: quick ones are over-represented among recent leads, so read it as a lower bound.

# %%
DAY = np.timedelta64(1, "D")


def days_since(later, earlier):
    """Days between two columns of times; NaN where one is missing."""
    return (later - earlier) / DAY


def stage_counts(entity):
    created = history.entities(entity)["created_at"]
    rows = np.arange(len(created))
    today, _ = history.stage_at(entity, rows, np.full(len(rows), history.end))
    lines = []
    for pipeline in history.vocabulary.pipelines_of(entity):
        for stage in dict.fromkeys((*pipeline.stages, *pipeline.won, *pipeline.lost)):
            waited = days_since(history.entered(entity, [stage]).first_known(), created)
            reached = waited[~np.isnan(waited)]
            quartiles = np.quantile(reached, [0.25, 0.5, 0.75]) if len(reached) else [np.nan] * 3
            lines.append([entity, stage, len(reached), len(reached) / len(rows), int((today == stage).sum()), *quartiles])
    return lines


columns = ["entity", "stage", "entered", "share", "there today", "25 %", "median days", "75 %"]
present = [entity for entity in ("lead", "opportunity") if history.entities(entity).rows]
pd.DataFrame([line for entity in present for line in stage_counts(entity)], columns=columns).round(2)

# %% [markdown]
# ## Open is not lost
#
# The share of each month's newcomers that has reached the last target by today falls towards the right edge. That is not a worse season: the
# newest have not had their time. Leadcast labels only observations whose window is over, and calls the others unknown.

# %%
plural = {"lead": "leads", "opportunity": "deals"}
target = history.vocabulary.targets[-1]
created = history.entities(target.entity)["created_at"]
reached = history.entered(target.entity, target.stages).first_known()
closed = history.closings(target.entity).first_known()
state = pd.DataFrame({
    "month": created.astype("datetime64[M]"),
    f"reached {target.name}": ~np.isnat(reached),
    "closed before": np.isnat(reached) & ~np.isnat(closed),
    "open": np.isnat(reached) & np.isnat(closed),
})
shares = state.groupby("month").mean()
shares.index = [f"{month:%b %Y}" for month in shares.index]

figure, axis = plt.subplots(figsize=(9, 3.4), layout="constrained")
shares.plot.bar(stacked=True, ax=axis, width=0.85, color=["#2f7f5f", "#c9c4bb", "#e9b44c"])
axis.tick_params("x", rotation=45)
axis.set(ylabel="share", xlabel="", title=f"What became of each month's new {plural[target.entity]}, as of today")
axis.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
axis.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# ## How long one waits
#
# Time from creation to each target, for those who got there. The horizon of a target should cover most of it, and still leave enough data whose
# window is over.

# %%
figure, axis = plt.subplots(figsize=(9, 3.4), layout="constrained")
for goal in history.vocabulary.targets:
    waited = days_since(history.entered(goal.entity, goal.stages).first_known(), history.entities(goal.entity)["created_at"])
    waited = np.sort(waited[~np.isnan(waited)])
    axis.plot(np.maximum(waited, 1e-3), np.arange(1, len(waited) + 1) / max(len(waited), 1), label=f"{goal.name} ({len(waited):,})")
axis.set(xscale="log", xlabel="days since creation (log scale)", ylabel="share of those who got there", ylim=(0, 1), title="Time to each target")
axis.legend(frameon=False)
axis.grid(alpha=0.25)
axis.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# ## What happens just before the end
#
# For each type of event: how often it is seen within a minute of a closing, against how often it is seen at all. A type near 100 % is written
# together with the outcome. It would make any model look brilliant and be useless on the day. In `leadcast.toml`, list such types under `never_inputs`
# (types that are listed already do not appear here).

# %%
entity = target.entity
events = history.linked_events(entity)
ending = closed[events.owner]
gap = (ending - events.at) / np.timedelta64(1, "s")
kinds = pd.DataFrame({"type": history.events["type"][events.source], "close to the end": np.abs(gap) <= 60})
summary = kinds.groupby("type")["close to the end"].agg(["size", "mean"]).rename(columns={"size": "events", "mean": "within a minute of closing"})
summary.sort_values("within a minute of closing", ascending=False).head(12).round(3)

# %% [markdown]
# ## One history, read aloud
#
# Before trusting any aggregate, read a few single cases from beginning to end. Here is one that reached the target.

# %%
row = int(np.flatnonzero(~np.isnat(reached))[0])
mine = slice(events.offsets[row], events.offsets[row + 1])
stages = history.stage_entries(entity)
entered = slice(stages.offsets[row], stages.offsets[row + 1])
story = pd.concat([
    pd.DataFrame({"when": events.at[mine], "what": history.events["type"][events.source[mine]]}),
    pd.DataFrame({"when": stages.at[entered], "what": "-> " + history.stages["stage"][stages.source[entered]]}),
]).sort_values("when", kind="stable").reset_index(drop=True)
story.head(25)

# %% [markdown]
# ## What a model may see
#
# The same lead at three moments: the row can only grow. This is the table that training, batch scoring and the service all share. As in training,
# the **leakage gate** comes first: columns that give the answer away are named, and become no feature (the next notebook is about them).

# %%
from features import build_context, feature_table
from leadcast.observations import Observations

history, leaks = refuse_leaks(history, workspace)
print(*leak_lines(leaks), sep="\n")
moments = created[row] + np.array([0, 1, 7]) * DAY
looks = Observations(entity, np.array([history.ids(entity)[row]] * 3, dtype=object), moments.astype("datetime64[us]"), np.ones(3))
seen = feature_table(history, looks, build_context(history, entity)).frame(looks)
seen.index = ["at creation", "a day later", "a week later"]
seen.loc[:, seen.nunique() > 1].T.head(20).round(2)
