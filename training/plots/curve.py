"""The curve over time on the newest looks: how many it said would be won by each day ahead, and how many were."""

from typing import TYPE_CHECKING, Any

import numpy as np

from training.plots.style import ACCENT, DASHED, INK, MUTED, PALE, panels, percent, title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FEWEST_DAYS = 2


def curve_figure(name: str, found: dict[str, Any]) -> "Figure | None":
    """Share won by each day ahead, said and came with its 95 % band; below, the order (AUC) beside that of the stage."""
    lines = found.get("days", [])
    if len(lines) < FEWEST_DAYS:
        return None
    figure, (upper, lower) = panels(2, heights=(2.2, 1), size=(6.4, 5.2), gap=0.16)
    days, said, came, low, high, auc, stage = (np.array([line[key] for line in lines], float) for key in (
        "days", "said", "came", "low", "high", "model_auc", "stage_table_auc"))
    at = np.concatenate([[0.0], days])
    zero = [0.0]
    upper.fill_between(at, np.concatenate([zero, low]), np.concatenate([zero, high]), color=PALE, lw=0, label="95 % band")
    upper.plot(at, np.concatenate([zero, came]), color=ACCENT, lw=2, label="came")
    upper.plot(at, np.concatenate([zero, said]), color=INK, lw=1.4, ls=DASHED, label="said")
    upper.set(xlim=(0, days[-1]), ylabel="share won by then")
    upper.set_ylim(bottom=0)
    upper.tick_params(labelbottom=False)
    percent(upper, "y")
    upper.legend(frameon=False, labelcolor=INK, fontsize=8, loc="upper left")
    lower.plot(days, auc, color=ACCENT, lw=2, label="this model")
    lower.plot(days, stage, color=MUTED, lw=1.4, ls=DASHED, label="rate by stage")
    bottom = float(np.nanmin([0.5, *auc, *stage]))
    lower.set(xlim=(0, days[-1]), ylim=(bottom, 1), xlabel="days ahead", ylabel="AUC")
    lower.legend(frameon=False, labelcolor=INK, fontsize=8, loc="upper right", ncols=2)
    title(upper, f"{name}: won by when, on the newest looks")
    return figure
