"""Does a model rest on enough to be taken as learned? If not, every score says so, and train says why."""

from collections.abc import Sequence
from typing import Any

import numpy as np

FEWEST = 30
HALF = 0.5


def evidence_of(
    speakers: Sequence[tuple[str, float]], outcome: np.ndarray, entity: np.ndarray, noun: tuple[str, str], why_not_judged: str
) -> dict[str, Any]:
    """Whether the evidence is enough, and every reason why not, in words.

    Not enough: rules weigh more than half, or the base rate speaks alone; fewer than 30 leads (or deals) have the rarer
    outcome, so that even the rate is known only to within a third of itself; or the newest slice cannot judge the model yet.

    Parameters
    ----------
    speakers : who makes the served log-odds, by kind and weight
    outcome, entity : of everything matured that it was fitted on, shape (n,)
    noun : what an entity is called, one and many
    """
    weights = {kind: weight for kind, weight in speakers if weight}
    reached, missed = (len(set(entity[outcome == came])) for came in (1.0, 0.0))
    why = []
    if weights.get("rules", 0.0) > HALF:
        why.append("it rests on rules, not on what was learned")
    if set(weights) == {"base_rate"}:
        why.append("nothing it sees tells who reaches the target from who does not, so it says the base rate of everyone")
    if min(reached, missed) < FEWEST:
        few, what = (reached, "reached") if reached <= missed else (missed, "did not reach")
        why.append(f"{few} {noun[0] if few == 1 else noun[1]} {what} the target; below {FEWEST} even its rate is rough")
    if why_not_judged:
        why.append(f"it cannot be judged yet: {why_not_judged}")
    return {"enough": not why, "why": why, "reached": reached, "missed": missed}


def speaking_rules(report: dict[str, Any]) -> list[str]:
    """What the rules give, as Markdown; nothing where they do not speak."""
    given = (report.get("rules") or {}).get("given", [])
    if not given:
        return []
    origin = "the built-in ones" if report["rules"]["are_defaults"] else "those of leadcast.toml"
    lines = [f"| {term['why']} | {', '.join(term['features'])} | {term['points']:+.2f} |" for term in given]
    table = "\n".join(["| rule | looks at | points |", "| --- | --- | --- |", *lines])
    return ["## Rules", f"Rules speak: {origin}, written by people and not learned. Outcomes, as far as there are any, only "
            "scale them and set their level and the rate of each stage. Points are log-odds.", table]
