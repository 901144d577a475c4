"""What a model is fit for and where it may be wrong, from its report alone."""

from typing import Any

from leadcast.model_words import many, no_better_than_chance
from leadcast.moment import within


def suited(report: dict[str, Any]) -> str:
    """What it is fit for, and what not."""
    return (f"Ranking open {many(report['entity'])} by their chance {within(report['horizon']['days'])}, and adding up "
            f"those chances over many of them. Not for deciding about one person without a human look, {_unsuited(report)}.")


def limits(report: dict[str, Any]) -> list[str]:
    """What it does not know and where it may be wrong, one sentence each."""
    known = ["It knows only what the workspace maps; a change of process, prices or recording makes it stale: "
             "watch the reliability table."]
    model, judged = report["metrics"]["model"], report.get("not_yet") is None
    known += thin_evidence(report)
    if no_better_than_chance(report["metrics"]):
        known.append("**On the newest outcomes it is no better than the base rate.** Do not rank by it.")
    if judged and (model["auc_low"] or 0.0) <= 0.5:
        known.append("Its AUC is not clearly above 0.5: there may be no signal in what it sees.")
    if judged and report["split"]["test_positives"] < 100:
        known.append(f"Only {report['split']['test_positives']} positives in the newest slice: the figures are rough.")
    if report["horizon"]["days"] is None:
        known.append("The export does not say when outcomes came: the chance is of the end, whenever it comes, and the test "
                     "takes it that outcomes of older rows were known when newer ones came. Those settled already among the "
                     "newest may be the quick ones.")
    if (report["observations"]["span_days"] or 365) < 365:
        known.append(f"The data span {report['observations']['span_days']:.0f} days; no yearly season can be learned.")
    return known


def thin_evidence(report: dict[str, Any]) -> list[str]:
    """Sentences for people; none where the evidence is enough."""
    found = report.get("evidence") or {"enough": True}
    if found["enough"]:
        return []
    return [f"**Not enough information**, and every score says so: {'; '.join(found['why'])}."]


def _unsuited(report: dict[str, Any]) -> str:
    if report.get("grid_days"):
        return "nor for days beyond the curve's last one"
    return "nor for saying when" if report["horizon"]["days"] is None else "nor for other horizons"
