# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Read the model report
#
# Every `leadcast train` leaves a page, `.leadcast/reports/<target>.html`, and the same figures as data in the model's bundle.
# This notebook goes through them in the order in which one should read them: *should I use it at all; does it rank; do its
# percentages mean what they say; for whom is it wrong; would something simpler do.* Where a figure can be worked out in a line
# or two, we do it by hand, because a figure that one has computed once is read differently ever after.
#
# The model: will a lead of the simulated company become an SQL within 60 days? It is trained as of 75 days before the end of
# the data, so that at the end we can see what came of its word.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from leadcast.cli import main
from leadcast.mapping import read_history
from leadcast.model_words import summary, verdict
from leadcast.simulate import simulate
from leadcast.workspace import read_workspace
from training.run import train

GREEN, GREY, YELLOW, RED, BLUE = "#2f7f5f", "#c9c4bb", "#e9b44c", "#b5483a", "#4c72b0"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "figure.dpi": 110})

folder = Path(tempfile.mkdtemp())
simulate(folder, leads=2000, seed=7, shape="crm")
workspace = read_workspace(folder)
history = read_history(workspace)
trained_as_of = history.end - np.timedelta64(75, "D")
(model,) = train(workspace, history, ["sql"], as_of=trained_as_of)
bundle, report = model.bundle, model.report

# %% [markdown]
# ## First: should it be used?
#
# The page begins with a verdict in one line and a summary that a sales manager can read. They are made from the figures alone,
# and they are allowed to say no.

# %%
print(verdict(report).text, *summary(report), sep="\n")

# %% [markdown]
# ## What was asked, of whom, and how it was tested
#
# Before any figure: what is a *row*? A **look** at a lead on some day (`as_of`), with what was known by then. The label is
# whether it became an SQL within the horizon after that day; looks whose window is not over have no label, they are not "lost".
# The newest looks are the test, and the models learned from looks whose windows ended before the test begins: that is the gap.
# `rung` says who speaks, and the recipe how each member did on later rows of the folds.

# %%
print(f"target     {report['name']}: {', '.join(report['stages'])} within {report['horizon']['days']:.0f} days ({report['horizon']['reason']})")
print(f"looks      {report['observations']['rows']:,} at {report['observations']['entities']:,} leads; "
      f"{report['observations']['unmatured']:,} more have no label yet")
print(f"test       {report['split']['test_rows']:,} looks at {report['split']['test_entities']:,} leads, "
      f"{report['split']['test_from']} to {report['split']['test_to']}, gap {report['split']['gap_days']:.0f} days")
print(f"who speaks {report['rung']}; calibrated by {report['calibrator']}")
print(f"evidence   {report['evidence']}")
pd.Series(report["recipe"]["log_loss_on_folds"], name="log loss on later rows of the folds").sort_values().round(4).to_frame()

# %% [markdown]
# The blend is usually the best of that list, by little; when it is ahead by a lot, suspect a leak. A member that is *far*
# behind the base rate tells that its kind of pattern does not last: what it learned in spring is wrong in summer.
#
# ## Does it rank? (discrimination)
#
# **AUC** is the chance that a lead that will come is placed above one that will not. By hand, from pairs:

# %%
found = model.evaluation
said, came, weight = found.said, found.outcome, found.weight
pairs = (said[came == 1][:, None] > said[came == 0][None, :]) + 0.5 * (said[came == 1][:, None] == said[came == 0][None, :])
own = report["metrics"]["model"]
print(f"by hand {pairs.mean():.4f}, in the report {own['auc']:.4f}, 95 % band {own['auc_low']:.3f} to {own['auc_high']:.3f}")

# %% [markdown]
# The band is wide, and that is news: it comes from drawing whole *leads* again and again (several looks at one lead are not
# several outcomes). Two models whose AUCs lie 0.01 apart here have not been told apart.
#
# An AUC pleases data scientists. A team wants **gain** (of all who come, how many are among those we work?) and **precision at
# capacity** (of those we work, how many come?). The dots are the figures of the report.

# %%
def gain(score):
    order = np.argsort(-score, kind="stable")
    return np.append(0, np.cumsum(weight[order]) / weight.sum()), np.append(0, np.cumsum((weight * came)[order]) / (weight * came).sum())


figure, (left, right) = plt.subplots(1, 2, figsize=(10.5, 3.8), layout="constrained")
for name, score, colour in (("model", said, GREEN), ("odoo_bayes", found.others["odoo_bayes"], BLUE), ("stage_rate", found.others["stage_rate"], YELLOW)):
    left.plot(*gain(score), color=colour, lw=2, label=name.replace("_", " "))
left.plot([0, 1], [0, 1], color=GREY, ls="--", lw=1, label="blindly")
left.scatter([0.1, 0.2], [own["gain_at_10"], own["gain_at_20"]], color=GREEN, zorder=3)
left.set(title="Gain: of all who come, how many are found", xlabel="share of leads worked, best first", ylabel="share of those who come")
left.legend(frameon=False, fontsize=8)
order = np.argsort(-said, kind="stable")
worked = np.cumsum(weight[order]) / weight.sum()
precise = np.cumsum((weight * came)[order]) / np.cumsum(weight[order])
right.plot(worked[20:], precise[20:], color=GREEN, lw=2)
share = report["capacity"]["share"]
right.errorbar([share], [own["precision_at_capacity"]], color=GREEN, marker="o", capsize=3,
               yerr=[[own["precision_at_capacity"] - own["precision_at_capacity_low"]], [own["precision_at_capacity_high"] - own["precision_at_capacity"]]])
right.axhline(came @ weight / weight.sum(), color=GREY, ls="--", lw=1)
right.annotate(f"at capacity: {own['precision_at_capacity']:.0%}", (share, own["precision_at_capacity"]), xytext=(14, 6), textcoords="offset points")
right.annotate("all of them: the base rate", (1, came @ weight / weight.sum()), xytext=(0, -13), textcoords="offset points", ha="right", color="#777777")
right.set(title="Precision: of those worked, how many come", xlabel="share of leads worked, best first", ylim=(0, 1))
plt.show()

# %% [markdown]
# ## Do its percentages mean what they say? (calibration)
#
# Ranking is enough to decide whom to call. For a forecast the percentages are *added up*, and then they have to be true. The
# **reliability table** sorts the test by what was said into ten bins of equal mass, and sets beside it what came, with a band
# that counts leads.

# %%
table = pd.DataFrame(report["reliability"])
table.style.format(dict.fromkeys(("said", "came", "low", "high"), "{:.1%}"), precision=0)

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10.5, 4), layout="constrained", width_ratios=[1.15, 1])
off = (table["low"] > table["said"]) | (table["high"] < table["said"])
left.plot([0, 1], [0, 1], color=GREY, ls="--", lw=1)
for flag, colour, label in ((False, GREEN, "within its band"), (True, RED, "outside")):
    some = table[off == flag]
    if len(some):
        left.errorbar(some["said"], some["came"], yerr=[some["came"] - some["low"], some["high"] - some["came"]], fmt="o", color=colour, capsize=3, label=label)
left.set(title="Reliability: said against came", xlabel="said", ylabel="came", xlim=(0, 0.9), ylim=(0, 1))
left.legend(frameon=False, fontsize=8, loc="upper left")
parts = [own["brier_uncertainty"], -own["brier_resolution"], own["brier_reliability"]]
begins = [0, parts[0], parts[0] + parts[1]]
right.bar(["uncertainty", "- resolution", "+ reliability", "= Brier"], [*parts, own["brier"]], bottom=[*begins, 0], color=[GREY, GREEN, RED, "#555555"], width=0.6)
for place, (height, text) in enumerate(zip([parts[0], parts[0], begins[2] + parts[2], own["brier"]], [*parts, own["brier"]], strict=True)):
    right.annotate(f"{text:+.4f}" if 0 < place < 3 else f"{text:.4f}", (place, height), xytext=(0, 4), textcoords="offset points", ha="center", fontsize=9)
right.set(title="The Brier score, taken apart", ylim=(0, 1.15 * parts[0]))
plt.show()

# %% [markdown]
# How to read them:
#
# - **Bins**: look for a *pattern*, not for a single red dot; one of twenty lies outside its band by chance. All dots above the
#   line: it says too little (`calibration_intercept` above 0). Low ones above and high ones below: it is too sure
#   (`calibration_slope` below 1).
# - **ECE** is the mean distance of the dots from the line. It can never be 0 by luck, only larger: with few leads even the
#   truth has an ECE of 0.03. Read its band.
# - **Brier** = *uncertainty* (what the base rate alone leaves open; nobody's fault) − *resolution* (what the model knows) +
#   *reliability* (what its percentages are off by). Most of the height is the first. A model may have a fine reliability and no
#   resolution: the base rate does.
# - **Log loss** punishes being sure and wrong. It is what training minimises and what the blend is chosen by.

# %%
figures = ["auc", "average_precision", "log_loss", "brier", "ece", "calibration_slope", "calibration_intercept"]
shown = pd.DataFrame({name: {key: f"{own[key]:.3f}  ({own[f'{key}_low']:.3f} to {own[f'{key}_high']:.3f})" if name == "model" else
                             "" if values[key] is None else f"{values[key]:.3f}" for key in figures} for name, values in report["metrics"].items()})
shown

# %% [markdown]
# ## Would something simpler do? (baselines)
#
# A figure alone is worth nothing; 0.78 may be splendid or silly. So each model is set beside what you would do without it,
# learned from the same rows: one chance for all, the rate of the stage a lead stands in (what many CRMs use), a logistic
# regression, and **naive Bayes as Odoo's predictive lead scoring** counts it. Differences are *paired*: both sides on the same
# draw of leads, so that an easy or a hard draw cancels out. Where a band excludes 0, one side is better; where it does not, you
# may as well take the simpler.

# %%
against = pd.DataFrame({name: {"log loss": line["log_loss"]["difference"], "low": line["log_loss"]["low"], "high": line["log_loss"]["high"],
                               "better": line["log_loss"]["better"]} for name, line in report["against"].items()}).T
figure, axis = plt.subplots(figsize=(9, 2.6), layout="constrained")
for place, (_, line) in enumerate(against[::-1].iterrows()):
    colour = {"model": GREEN, "neither": GREY, "baseline": RED}[line["better"]]
    axis.plot([line["low"], line["high"]], [place, place], color=colour, lw=4, solid_capstyle="round")
    axis.scatter([line["log loss"]], [place], color=colour, edgecolor="black", zorder=3)
axis.axvline(0, color="black", lw=0.8)
axis.set(title="Log loss of the model minus that of ... (left of the line: the model is better)", yticks=range(len(against)), ylim=(-0.6, len(against) - 0.4))
axis.set_yticklabels([name.replace("_", " ") for name in against.index[::-1]])
axis.grid(axis="x", alpha=0.25)
plt.show()

# %% [markdown]
# ## For whom is it wrong? (segments, stages, time)
#
# An average hides groups. For every category the report has what was said and what came, with a band; `small` groups cannot be
# judged alone. With dozens of lines a few lie outside their band by chance, so the report counts them before it names the
# worst.

# %%
lines = [{"segment": f"{table['segment']} {line['value']}", **line} for table in report["segments"] for line in table["values"] if not line["small"]]
groups = pd.DataFrame(lines + [{"segment": f"stage {line['value']}", **line} for line in report["by_stage"] if not line["small"]])
groups["outside"] = (groups["said"] < groups["low"]) | (groups["said"] > groups["high"])
groups = groups.nlargest(24, "entities").sort_values("came").reset_index(drop=True)
figure, axis = plt.subplots(figsize=(9, 0.24 * len(groups) + 0.9), layout="constrained")
for flag, colour in ((False, GREEN), (True, RED)):
    some = groups[groups["outside"] == flag]
    axis.hlines(some.index, some["low"], some["high"], color=colour, lw=4, alpha=0.35)
    axis.scatter(some["came"], some.index, color=colour, s=22)
axis.scatter(groups["said"], groups.index, marker="|", color="black", s=90, label="said")
axis.set_yticks(groups.index, [f"{name.replace('_', ' ')}  ({count})" for name, count in zip(groups["segment"], groups["entities"], strict=True)], fontsize=8)
axis.set(title="What came (dot, 95 % band) and what was said (line), by group of leads", xlim=(0, None))
axis.legend(frameon=False, loc="lower right")
axis.grid(axis="x", alpha=0.25)
plt.show()
print(report["worst_segment"])

# %% [markdown]
# **How much does it flicker?** A score that jumps with every e-mail is not believed for long. `between_looks` is the change
# from one look to the next, `after_one_event` the change by a single event. A median of a few points is a score that reacts;
# the tail tells how often somebody will ask "why?". And the **learning curve**: would more history help? If the loss still
# falls from 30 % to all of the older rows, yes.

# %%
print(pd.DataFrame(report["stability"]).round(3).to_string())
print(pd.DataFrame(report["learning_curve"])[["rows", "log_loss"]].round(4).to_string())

# %% [markdown]
# ## The page itself, and figures for your own scripts
#
# `model.page` is the HTML report (open it in a browser; it needs no network), `training.plots.draw_figures` draws its pictures.
# All of the above came from `bundle.report`, which is plain JSON and travels with the model. `leadcast evaluate --json` gives
# the same without registering anything, `leadcast models --json` the main figures of every registered version.

# %%
print(f"{model.page.name}, {model.page.stat().st_size / 1e3:,.0f} kB; {model.registered.name}, version {model.registered.version}")
print(bundle.card[:900])

# %% [markdown]
# ## Who answers? (promotion)
#
# A new training is a *challenger*. It takes over unless it is clearly worse on the newest looks that neither model has seen.
# Suppose somebody retrains on an old export by mistake, one that ends after the first three months: everything works, nothing
# in the log is red, and its own report judges it on *its* newest rows, a year and a half ago. The contest is where it shows.

# %%
train(workspace, history, ["sql"], as_of=history.leads["created_at"].min() + np.timedelta64(95, "D"))


def leadcast(*arguments):
    """A command of the terminal; the exit code says yes (0) or no (3)."""
    try:
        main([*arguments, "-w", str(folder)], standalone_mode=False)
        print("exit code 0")
    except SystemExit as ended:
        print(f"exit code {ended.code or 0}")


leadcast("promote", "--target", "sql")

# %% [markdown]
# In the table, a positive number under *worse by* is to the challenger's disadvantage, with its band; what is allowed comes
# from `[promotion]`. Where a band is wide the verdict says that it cannot tell, and the rule of `docs/operations.md` decides.
#
# ## Has the world moved? (drift)
#
# The champion was trained 75 days ago. `leadcast drift` compares the leads since with those it learned from, and its word with
# what has come of it. Exit code 3 means: retrain.

# %%
leadcast("drift", "--days", "75")

# %% [markdown]
# This world stands still, so the honest answer is that nothing moved. A single week may lie outside its band all the same: it
# is few leads, and with many lines one of twenty does. The verdict asks for more than that before it sends anybody to retrain.
# On a schedule it is one line: `leadcast drift || leadcast train --promote`.
#
# ## A checklist
#
# 1. The verdict, and whether the evidence is thin.
# 2. The gap and the base rate in the test: is it the question you meant?
# 3. Better than each baseline, with the band of the difference excluding 0? If not, take the simpler one and be glad.
# 4. The pattern of the reliability dots; then intercept and slope. Will you add the percentages up, or only rank by them?
# 5. The worst segment: is it one that matters to somebody?
# 6. Precision at *your* capacity: set `[team] leads_per_day`.
# 7. Anything too good? Back to `LEAK` (notebook 02). Anything off? Case by case (notebook 04).
