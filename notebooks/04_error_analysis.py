# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Where the model is wrong, and whether that is its fault
#
# An error analysis usually ends in a list of the worst cases and a shrug: was this lead misjudged, or did it simply buy against
# the odds? On real data nobody knows. In the simulated company we do: the simulator can say what the probability of each lead
# *really* was, given everything behind it, its hidden intent included. So here the loss can be split into what is noise and
# what is error, and we can check how far the usual tools (worst cases, segments, calibration) find the error and how far they
# only find the noise.
#
# The uncomfortable result first: of the worst twenty cases, most are nobody's fault.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from leadcast.leaks import refuse_leaks
from leadcast.mapping import read_history
from leadcast.simulate import simulate
from leadcast.simulate.truth import probability, read_truth
from leadcast.workspace import read_workspace
from serving.reasons import reasons_of
from serving.scores import Scorer
from training.run import train

GREEN, GREY, YELLOW, RED, BLUE = "#2f7f5f", "#c9c4bb", "#e9b44c", "#b5483a", "#4c72b0"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "figure.dpi": 110})

folder = Path(tempfile.mkdtemp())
simulate(folder, leads=2500, seed=11, shape="crm")
workspace = read_workspace(folder)
history, _ = refuse_leaks(read_history(workspace), workspace)
(model,) = train(workspace, history, ["sql"], register=False)

# %% [markdown]
# ## The rows to look at
#
# Never analyse errors on rows that the model has learned from: they are too good. `model.judged` is the model that was fitted
# on the older rows only, complete enough to score; `model.newest` are the looks it was judged on. Beside what it said and what
# came we put the truth.

# %%
judged, looks, came = model.judged, model.newest, model.evaluation.outcome
values, _ = Scorer(judged).values(history, looks)
scored = judged.score(values)
truth = np.clip(probability(read_truth(folder), "lead", looks.entity_id, looks.as_of, model.target.stages, judged.facts.horizon_days), 1e-6, 1 - 1e-6)


def loss(said, outcome):
    """Log loss row by row, in nats."""
    return -(outcome * np.log(said) + (1 - outcome) * np.log1p(-said))


places = history.rows("lead", looks.entity_id)
stage, _ = history.stage_at("lead", places, looks.as_of)
rows = pd.DataFrame({
    "lead": looks.entity_id, "as_of": looks.as_of, "stage": stage, "age": (looks.as_of - history.leads["created_at"][places]) / np.timedelta64(1, "D"),
    "source": history.leads["source"][places], "seniority": history.leads["seniority"][places],
    "said": scored.probability, "truth": truth, "came": came.astype(int), "loss": loss(scored.probability, came), "noise": loss(truth, came),
})
rows["error"] = truth * np.log(truth / rows["said"]) + (1 - truth) * np.log((1 - truth) / (1 - rows["said"]))
print(f"{len(rows):,} looks at {rows['lead'].nunique()} leads, {rows['came'].mean():.1%} came")

# %% [markdown]
# ## How much of the loss is error at all?
#
# `noise` is what even the truth would have lost. `error` is the expected loss *above* the truth (the Kullback-Leibler
# divergence of what was said from what was true); no luck is in it.

# %%
base = loss(np.full(len(rows), model.report["observations"]["positives"] / model.report["observations"]["rows"]), came).mean()
parts = {"one chance for all": base, "the model": rows["loss"].mean(), "the truth itself": rows["noise"].mean()}
figure, axis = plt.subplots(figsize=(9, 1.9), layout="constrained")
axis.barh(list(parts)[::-1], list(parts.values())[::-1], color=[YELLOW, GREEN, GREY], height=0.6)
for place, value in enumerate(list(parts.values())[::-1]):
    axis.annotate(f"{value:.3f}", (value, place), xytext=(5, 0), textcoords="offset points", va="center")
axis.set(title="Log loss on the newest looks (nats)", xlim=(0, 1.1 * base))
plt.show()
known = (base - rows["loss"].mean()) / (base - rows["noise"].mean())
print(f"Of what can be known about these leads, the model knows {known:.0%}. Of its loss, {rows['noise'].mean() / rows['loss'].mean():.0%} is noise.")

# %% [markdown]
# That is the frame for all that follows. Whoever works on the model can win the short stretch between the second bar and the
# third, and no more; with real data the third bar is not drawn, and one is easily tempted to work on the whole of the second.

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10.5, 4.2), layout="constrained")
for outcome, colour, name in ((0, GREY, "did not come"), (1, GREEN, "came")):
    some = rows[rows["came"] == outcome]
    left.scatter(some["truth"], some["said"], s=9, color=colour, alpha=0.6, label=name)
left.plot([0, 1], [0, 1], color="black", lw=0.8, ls="--")
left.set(title="Said against true, look by look", xlabel="true probability", ylabel="said")
left.legend(frameon=False, fontsize=8)
tenth = pd.qcut(rows["said"], 10, labels=False, duplicates="drop")
bins = rows.groupby(tenth)[["said", "came", "truth"]].mean()
right.plot([0, 1], [0, 1], color="black", lw=0.8, ls="--")
right.scatter(bins["said"], bins["came"], color=GREEN, label="what came")
right.scatter(bins["said"], bins["truth"], color=RED, marker="x", label="the true mean")
right.set(title="Reliability, with and without luck", xlabel="said", xlim=(0, 0.85), ylim=(0, 0.85))
right.legend(frameon=False, fontsize=8)
plt.show()

# %% [markdown]
# Left: for one and the same word of the model the truth spreads widely, because two leads that look alike in the CRM may mean
# it or not. Right: *on average* over each bin that is right. That is what calibrated means, and all that it means. Where dot
# and cross part, the reliability diagram of the report shows luck; where the cross leaves the line, error.
#
# ## The worst mistakes
#
# The textbook move: sort by loss, read the top. Twenty different leads, with the reasons that the model gave.

# %%
worst = rows.sort_values("loss", ascending=False).drop_duplicates("lead").head(20).copy()
reasons = reasons_of(judged, values, scored, top=3)
worst["why (log-odds)"] = ["; ".join(f"{term['contribution']:+.1f} {term['text'].split(';')[0]}" for term in reasons[row][:3]) for row in worst.index]
worst["verdict"] = np.select(
    [worst["error"] > 0.15, worst["error"] > 0.05], ["error", "some of both"], "bad luck")
pd.set_option("display.max_colwidth", 160, "display.width", 250)
worst[["lead", "stage", "age", "said", "truth", "came", "loss", "verdict", "why (log-odds)"]].round(2)

# %%
luck = (worst["verdict"] == "bad luck").sum()
print(f"Of the 20 worst, {luck} were said about right and went the other way; {(worst['verdict'] == 'error').sum()} were misjudged.")
print(f"Came against the odds: {worst['came'].sum()} of 20. Rank correlation of loss and error: {rows['loss'].corr(rows['error'], method='spearman'):.2f}.")

# %% [markdown]
# Sorting by loss mostly sorts by *surprise*. A lead with a true chance of 5 % comes once in twenty times, and tops the list
# whenever it does; with every such list somebody invents a feature that explains it, and the feature is noise. Read single
# cases to find **faults of the data** (a wrong time, a duplicate, a leak the other way round), not to find ideas for the model.
#
# What can be read from single cases is the *reasons*: are they what a salesperson would have said on that day? If a lead was
# scored low for "nothing has happened yet" while its call notes are full, the mapping lacks a table.
#
# ## One case, look by look
#
# The lead with the largest error among those looked at several times: what the model said on each day, and what was true.

# %%
several = rows.groupby("lead").filter(lambda mine: len(mine) >= 4)
lead = several.groupby("lead")["error"].mean().idxmax()
story = rows[rows["lead"] == lead].sort_values("as_of")
figure, axis = plt.subplots(figsize=(9, 3), layout="constrained")
axis.plot(story["age"], story["truth"], "x--", color=RED, label="true")
axis.plot(story["age"], story["said"], "o-", color=GREEN, label="said")
for _, look in story.iterrows():
    axis.annotate(look["stage"], (look["age"], look["said"]), xytext=(0, 7), textcoords="offset points", ha="center", fontsize=8, color="#666666")
axis.set(title=f"Lead {lead}", xlabel="days since creation", ylim=(0, 1))
axis.legend(frameon=False)
plt.show()
for term in reasons_of(judged, values, scored, top=6)[story.index[-1]]:
    print(f"{term['contribution']:+.2f}  {term['text']}")

# %% [markdown]
# ## Errors by group
#
# Averages over groups are where error can be told from noise, since noise averages out. By stage, by age, by what they said of
# themselves. `gap` is said minus came with its 95 % band (whole leads drawn); `true gap` is said minus the truth, which only we
# can see.


# %%
def by_group(name, labels):
    """Said minus came per group with a bootstrap band over leads, and said minus the truth."""
    draw, lines = np.random.default_rng(0), []
    for value in pd.unique(labels):
        mine = rows[np.asarray(labels) == value]
        if mine["lead"].nunique() < 30:
            continue
        per_lead = (mine["said"] - mine["came"]).groupby(mine["lead"]).agg(["sum", "size"]).to_numpy()
        drawn = per_lead[draw.integers(0, len(per_lead), (400, len(per_lead)))].sum(axis=1)
        low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
        lines.append([f"{name} {value}", mine["lead"].nunique(), (mine["said"] - mine["came"]).mean(), low, high,
                      (mine["said"] - mine["truth"]).mean(), mine["error"].mean(), mine["loss"].mean()])
    return lines


ages = pd.cut(rows["age"], [-1, 0.01, 3, 7, 14, 30, 1e4], labels=["at creation", "to 3 d", "to 7 d", "to 14 d", "to 30 d", "later"]).astype(str)
groups = pd.DataFrame(
    by_group("stage", rows["stage"]) + by_group("age", ages) + by_group("seniority", rows["seniority"]) + by_group("source", rows["source"]),
    columns=["group", "leads", "gap", "low", "high", "true gap", "error", "loss"]).set_index("group")
groups.round(3)

# %%
shown = groups[::-1]
figure, (left, right) = plt.subplots(1, 2, figsize=(10.5, 0.24 * len(shown) + 1), layout="constrained", sharey=True, width_ratios=[1.4, 1])
places = np.arange(len(shown))
outside = ((shown["low"] > 0) | (shown["high"] < 0)).to_numpy()
left.hlines(places, shown["low"], shown["high"], color=np.where(outside, RED, GREY), lw=4, alpha=0.6)
left.scatter(shown["gap"], places, color=np.where(outside, RED, "#666666"), s=20, zorder=3, label="said - came")
left.scatter(shown["true gap"], places, color="black", marker="x", s=26, zorder=4, label="said - true")
left.axvline(0, color="black", lw=0.8)
left.set(title="What a test can see, and what is true", xlabel="gap in the probability")
left.set_yticks(places, [f"{name}  ({leads})" for name, leads in zip(shown.index, shown["leads"], strict=True)], fontsize=8)
left.legend(frameon=False, fontsize=8, loc="lower left")
right.barh(places, shown["error"], color=BLUE, height=0.6)
right.set(title="Error per look (nats above the truth)")
plt.show()
print(f"{outside.sum()} of {len(groups)} groups lie outside their band; {(groups['true gap'].abs() > 0.05).sum()} are truly off by more than 5 points.")

# %% [markdown]
# Two lessons. The bands do their work: nearly all crosses lie inside them, and a group whose band includes 0 gives no licence
# to act. And where the *gap* is small the *error* need not be: within a group the model can be too high for some leads and too
# low for others, and both cancel out. Error per look shows that, and needs the truth; its nearest relative on real data is the
# loss of a group beside that of its own base rate.
#
# ## Where does the error come from?
#
# Error has two parts with different remedies. **Calibration**: leads of one word are right on average by another percentage;
# mend it by a curve over what was said. **Resolution**: leads that got the same word were not the same; only knowing more about
# them helps. With the truth at hand the two come apart: bend what was said along the best monotone curve, and see what error is
# left.

# %%
from sklearn.isotonic import IsotonicRegression

bent = IsotonicRegression(y_min=1e-3, y_max=1 - 1e-3, out_of_bounds="clip").fit(rows["said"], truth).predict(rows["said"])
left_over = (truth * np.log(truth / bent) + (1 - truth) * np.log((1 - truth) / (1 - bent))).mean()
lives = pd.read_parquet(folder / "truth" / "lead_lives.parquet").set_index("id")
rows["intent"] = lives["intent"].reindex(rows["lead"]).map({0.0: "browsing", 1.0: "evaluating", 2.0: "buying"}).to_numpy()
print(f"Error {rows['error'].mean():.4f} nats per look: {rows['error'].mean() - left_over:.4f} is calibration, {left_over:.4f} is leads not told apart.")

# %% [markdown]
# The calibration part is the most that any calibrator could win, and no real one can, since it has no truth to be fitted to.
#
# The simulator also knows what no CRM does: what somebody **intends** (browsing, evaluating, buying). If the model cannot tell
# these apart on the first day but can a week later, the remedy is data that show intent earlier, not a better learner.

# %%
spread = rows.assign(age=ages).groupby(["age", "intent"])["truth"].mean().unstack()
told = rows.assign(age=ages).groupby(["age", "intent"])["said"].mean().unstack()
order = [name for name in ["at creation", "to 3 d", "to 7 d", "to 14 d", "to 30 d", "later"] if name in spread.index]
figure, axes = plt.subplots(1, 2, figsize=(10.5, 3.3), layout="constrained", sharey=True)
for axis, table, title in ((axes[0], spread, "True probability, by hidden intent"), (axes[1], told, "What the model says of the same leads")):
    for name, colour in (("buying", GREEN), ("evaluating", YELLOW), ("browsing", RED)):
        axis.plot(order, table.loc[order, name], "o-", color=colour, label=name)
    axis.set(title=title, xlabel="age of the lead")
    axis.grid(axis="y", alpha=0.25)
axes[0].set_ylim(0, 1.1 * max(spread.max().max(), told.max().max()))
axes[0].legend(frameon=False)
plt.show()

# %% [markdown]
# Compare the distances between the lines. Where they lie closer together on the right, intent has not shown yet; where they lie
# further apart, the model is too sure of what it has seen (the slope in the report falls below 1). Here the kinds are told
# apart from the first day, for visits before the form give them away. The bump at "to 3 d" is no error: a look that early,
# other than at creation, is taken because a stage was entered.
#
# Next question: would more history close the rest? The learning curve of the report says what the same recipe loses when it
# learns from less.

# %%
curve = pd.DataFrame(model.report["learning_curve"])
figure, axis = plt.subplots(figsize=(9, 2.8), layout="constrained")
axis.plot(curve["rows"], curve["log_loss"], "o-", color=GREEN, label="the model, learned from so many older looks")
axis.axhline(rows["noise"].mean(), color=RED, ls="--", lw=1, label="the truth itself")
axis.axhline(base, color=GREY, ls="--", lw=1, label="one chance for all")
axis.set(title="Would more history help?", xlabel="looks", ylabel="log loss")
axis.legend(frameon=False, fontsize=8)
axis.grid(axis="y", alpha=0.25)
plt.show()

# %% [markdown]
# ## Where calibration breaks
#
# The last place to look is *time*: a model is calibrated to the past. Month by month, said against came and true:

# %%
month = pd.Series(rows["as_of"].to_numpy().astype("datetime64[M]"), index=rows.index)
monthly = rows.groupby(month)[["said", "came", "truth"]].mean()
monthly.index = [f"{when:%b %Y}" for when in monthly.index]
figure, axis = plt.subplots(figsize=(9, 2.8), layout="constrained")
for name, colour, style in (("said", GREEN, "o-"), ("came", "#666666", "o:"), ("truth", RED, "x--")):
    axis.plot(monthly.index, monthly[name], style, color=colour, label=name)
axis.set(title="Said, came and true by month of the look", ylim=(0, 1.25 * monthly.max().max()))
axis.legend(frameon=False, ncols=3)
plt.show()

# %% [markdown]
# Distance between *said* and *came* of a single month is again mostly luck: compare the red line. A gap that **stays** over
# months is not, and is what `leadcast drift` watches.
#
# ## What one would try next, in this order
#
# 1. **Data that show intent earlier**: a table that is not mapped yet (calls, chat, product usage). What no curve over the
#    score can mend is won by nothing else but this and the next.
# 2. **More history** while the learning curve still falls; it costs an export.
# 3. **The definition of the stages**, where a stage's gap lies outside its band for several months: people may use it in two
#    ways.
# 4. **Settings** (`leadcast tune`): usually worth less than any of the three above. It says so itself, by comparing on a fold
#    that the search has not seen.
# 5. **Not**: features for the worst twenty; a segment whose band includes 0; another calibrator because one dot is red.
#
# And the question to ask before any of it: what would a better model change? If the team can call ten leads a day and the best
# ten stay the same ten, the work is better spent elsewhere.
