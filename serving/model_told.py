"""A model in full, from what its bundle says of itself: verdict, figures, members, features, segments."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from leadcast.bundle import Bundle, speaking
from leadcast.grouping import OF_OWNERS
from leadcast.model_limits import limits, suited
from leadcast.model_words import NAMES, OTHERS, example, is_judged, question, summary, verdict, worst_sentence
from serving.model_messages import (
    AgeTold,
    Compared,
    FeatureTold,
    GainPoint,
    JudgedOn,
    MemberTold,
    PeriodTold,
    SegmentTold,
    SteadyTold,
    VerdictTold,
)

OWNER = "owner"
MOST_FEATURES = 20
MEMBERS = {
    "rules": "rules written by people", "base_rate": "one chance for all", "bayes": "naive Bayes",
    "logistic": "logistic regression", "trees": "boosted trees", "plain_trees": "boosted trees, unguided",
    "curve": "curve over time (won, lost, still open)", "blend": "the blend of them",
}


def told_of(bundle: Bundle, allowed: frozenset[str] | None) -> dict[str, Any]:
    """Everything of :class:`serving.model_messages.Model` that the bundle alone can say.

    Parameters
    ----------
    allowed : the owners whose records the caller may see; None: everybody's
    """
    report = narrowed(bundle.report, allowed)
    evidence = report.get("evidence") or {"enough": True, "why": []}
    recipe = report.get("recipe") or {}
    return {
        "question": question(report), "verdict": verdict_of(report), "summary": summary(report), "example": example(report),
        "judged_on": judged_on(report), "compared": compared(report), "gain": gain(report.get("reliability") or []),
        "unit": (report.get("drift") or {}).get("unit"), "periods": periods(report),
        "ages": [AgeTold.model_validate(line) for line in report.get("auc_by_age") or []],
        "segments": segments(report), "worst_segment": worst_sentence(report) if is_judged(report) else "",
        "members": members(bundle), "why_these": str(recipe.get("why") or ""),
        "calibrator": str((report.get("calibrator") or {}).get("kind") or "none"), "enough_evidence": evidence["enough"],
        "thin": evidence["why"], "rules": rules(report), "steadiness": steadiness(report), "important": important(bundle),
        "suited": suited(report), "limits": [line.replace("**", "") for line in limits(report)],
    }


def narrowed(report: dict[str, Any], allowed: frozenset[str] | None) -> dict[str, Any]:
    """The report without what it says of owners whose records the caller may not see, and of teams."""
    if allowed is None:
        return report
    shown = []
    for one in report.get("segments") or []:
        of_people = one["segment"] == OWNER
        values = [line for line in one["values"] if not of_people or line["value"] in allowed]
        if values and one["segment"] not in OF_OWNERS:
            shown.append({**one, "values": values})
    worst = report.get("worst_segment")
    hidden = worst and (worst["segment"] in OF_OWNERS or (worst["segment"] == OWNER and worst["value"] not in allowed))
    return {**report, "segments": shown, "worst_segment": None if hidden else worst}


def verdict_of(report: dict[str, Any]) -> VerdictTold:
    found = verdict(report)
    return VerdictTold.model_validate({"kind": found.kind, "text": found.text})


def judged_on(report: dict[str, Any]) -> JudgedOn | None:
    """What the figures are of; None where nothing could be held back."""
    table, split = report.get("reliability") or [], report["split"]
    if not is_judged(report) or not table:
        return None
    mass = [line["mass"] for line in table]
    said, came = (float(np.average([line[key] for line in table], weights=mass)) for key in ("said", "came"))
    return JudgedOn(rows=split["test_rows"], entities=split["test_entities"], positives=split["test_positives"],
                    start=split["test_from"], end=split["test_to"], learned_from=split["train_rows"], said=said, came=came)


def compared(report: dict[str, Any]) -> list[Compared]:
    """The model, and the simpler ways on the same rows."""
    if not is_judged(report):
        return []
    metrics, against = report["metrics"], report.get("against") or {}
    base = metrics["base_rate"].get("brier")
    found = []
    for name, own in metrics.items():
        loss, brier = (against.get(name) or {}).get("log_loss") or {}, own.get("brier")
        skill = None if not base or brier is None else 1 - brier / base
        figures = {key: own.get(key) for key in ("auc", "log_loss", "brier", "lift_at_10", "gain_at_10", "gain_at_20")}
        found.append(Compared(name=name, label=NAMES.get(name, name), brier_skill=skill, **figures, better=loss.get("better"),
                              difference=loss.get("difference"), low=loss.get("low"), high=loss.get("high")))
    return found


def gain(table: list[dict[str, Any]]) -> list[GainPoint]:
    """How many of all that came are found when the best are worked first, from the bins of the reliability table.

    Examples
    --------
    >>> bins = [{"said": 0.1, "came": 0.1, "mass": 10.0}, {"said": 0.5, "came": 0.4, "mass": 10.0}]
    >>> [(p.worked, round(p.found, 2), round(p.lift, 2)) for p in gain(bins)]
    [(0.0, 0.0, 0.0), (0.5, 0.8, 1.6), (1.0, 1.0, 1.0)]
    """
    best_first = sorted(table, key=lambda line: -line["said"])
    mass = np.array([line["mass"] for line in best_first], float)
    came = mass * [line["came"] for line in best_first]
    if not came.sum() > 0:
        return []
    worked, found = np.cumsum(mass) / mass.sum(), np.cumsum(came) / came.sum()
    points = (GainPoint(worked=float(w), found=float(f), lift=float(f / w)) for w, f in zip(worked, found, strict=True))
    return [GainPoint(worked=0.0, found=0.0, lift=0.0), *points]


def periods(report: dict[str, Any]) -> list[PeriodTold]:
    """The newest of what the model had seen, then the newest outcomes."""
    drift = report.get("drift") or {}
    lines = [*(drift.get("before") or []), *(drift.get("periods") or [])]
    return [PeriodTold(start=line["period"], said=line.get("said"), auc=line.get("auc"),
                       **{key: line[key] for key in ("rows", "entities", "came", "low", "high")}) for line in lines]


def segments(report: dict[str, Any]) -> list[SegmentTold]:
    """Those that are large enough: outside their band first, then by how far what was said lies from what came."""
    lines = ((one["segment"], line) for one in report.get("segments") or [] for line in one["values"])
    found = [_segment(name, line) for name, line in lines if not line["small"] and line["value"] != OTHERS]
    return sorted(found, key=lambda line: (not line.outside, -abs(line.said - line.came)))


def _segment(name: str, line: dict[str, Any]) -> SegmentTold:
    return SegmentTold.model_validate({**line, "segment": name, "outside": not line["low"] <= line["said"] <= line["high"]})


def members(bundle: Bundle) -> list[MemberTold]:
    """Who speaks, the weightiest first, then those that were tried and do not."""
    weights: dict[str, float] = {}
    for kind, weight in speaking(bundle.parts, bundle.curve):
        weights[kind] = weights.get(kind, 0.0) + weight
    tried = (bundle.report.get("recipe") or {}).get("log_loss_on_folds") or {}
    kinds = [*sorted(weights, key=lambda kind: -weights[kind]), *(kind for kind in tried if kind not in weights)]
    return [MemberTold(kind=kind, label=MEMBERS.get(kind, kind.replace("_", " ")), weight=weights.get(kind, 0.0),
                       log_loss=tried.get(kind)) for kind in kinds]


def rules(report: dict[str, Any]) -> list[str]:
    """What the rules give, where they speak, the strongest first."""
    given = (report.get("rules") or {}).get("given") or []
    return [f"{term['why']}: {term['points']:+.2f}" for term in sorted(given, key=lambda term: -abs(term["points"]))]


def steadiness(report: dict[str, Any]) -> dict[str, SteadyTold | None]:
    found = report.get("stability") or {}
    return {name: SteadyTold.model_validate(line) if (line := found.get(name)) else None
            for name in ("between_looks", "after_one_event")}


def important(bundle: Bundle) -> list[FeatureTold]:
    """The features with the largest part in what it says; none where it says the same of everyone."""
    return sorted(_features(bundle), key=lambda feature: -feature.part)[:MOST_FEATURES]


def _features(bundle: Bundle) -> Iterator[FeatureTold]:
    profiled = {column["name"]: column for column in bundle.profile.get("features", [])}
    for feature in bundle.contract.features:
        column = profiled.get(feature.name, {})
        if column.get("part"):
            yield FeatureTold(name=feature.name, doc=feature.doc, unit=feature.unit, about=feature.about, part=column["part"],
                              learned=column["learned"])
