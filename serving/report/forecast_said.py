"""The forecast in sentences and tiles: the words of the page."""

from serving.report.measure import Measure
from serving.report.tables import Said, Sentence, Tile, Tiles
from serving.report.words import Strong, capital, count, expected, percent

THREE = 3
GOOD_CHANCE, FAIR_CHANCE = 0.6, 0.3


def lead(measure: Measure) -> list[Said]:
    """How likely the quota is, and what changed."""
    changes = measure.told["changes"]
    said = [Said(_standing(measure), "lead")]
    return said if changes is None or measure.phase == "over" else [*said, Said(_since(measure))]


def about(measure: Measure, scope: str) -> Said:
    """Of which days, which moment, and whose deals."""
    period, words = measure.told["period"], measure.words
    span = f"{words.date(period['start'])} to {words.last_day(period['end'])}"
    ends = {"over": ", which is over", "ahead": ", which has not begun", "running": ""}[measure.phase]
    return Said((f"{period['name']}: {span}{ends}. As of {words.date(measure.told['as_of'])}. "
                 f"{capital(measure.what)} of {scope}.",), "quiet")


def _standing(measure: Measure) -> Sentence:
    total, name, words = measure.told["total"], measure.told["period"]["name"], measure.words
    figures, quota = measure.total, measure.quota
    whole = Strong(measure.show(figures["total"]) + measure.unit)
    if measure.phase == "over":
        return [f"{name} is over: ", whole, " was won" if measure.is_money else " were won", *_against(measure)]
    if quota is not None:
        return ["With ", whole, " expected against a quota of ", Strong(words.money(quota, short=True)),
                f", the chance to reach it in {name} is ", Strong(percent(total["reach"])), "."]
    verb = "is" if measure.is_money else "are"
    said = [f"In {name}, ", whole, f" {verb} expected to be won; in 8 of 10 cases between ", Strong(measure.show(figures["p10"])),
            " and ", Strong(measure.show(figures["p90"])), "."]
    if total["quota"] is not None:
        said += [f" The chance to reach the quota of {words.money(total['quota'], short=True)} is ",
                 Strong(percent(total["reach"])), "."]
    return said


def _against(measure: Measure) -> Sentence:
    """The end of a sentence about a period that is over."""
    quota, gap = measure.quota, measure.told["total"]["gap"]
    if quota is None:
        return ["."]
    shown = measure.words.money(quota, short=True)
    if gap > 0:
        return [", ", Strong(f"{measure.words.money(gap, short=True)} less"), f" than the quota of {shown}."]
    return [", which reached the quota of ", Strong(shown), "."]


def _since(measure: Measure) -> Sentence:
    changes = measure.told["changes"]
    moved = changes[f"{measure.changed}_after"] - changes[f"{measure.changed}_before"]
    shown = measure.show(abs(moved))
    same = shown == measure.show(0.0)
    start = ["As much as"] if same else [Strong(f"{shown}{measure.unit} {'more' if moved > 0 else 'less'}"), " than"]
    said = [*start, f" on {measure.words.short_date(changes['since'])}."]
    deals = sorted(changes["deals"], key=lambda deal: -abs(deal[measure.changed]))[:THREE]
    if deals:
        told = "; ".join(f"{deal['entity_id']} {deal['what']} ({measure.show(deal[measure.changed], sign=True)})"
                         for deal in deals)
        said.append(f" The largest {'change' if len(deals) == 1 else 'changes'}: {told}.")
    return said


# ---- tiles ----------------------------------------------------------------------------------------------------


def tiles(measure: Measure) -> Tiles:
    """The figures that are read at a glance."""
    total, figures, one = measure.told["total"], measure.total, measure.show
    if measure.phase == "over":
        won = [] if not measure.is_money else [Tile(f"{capital(measure.what)} won", count(total["count"]["won"]))]
        return Tiles([Tile("Won in all", one(figures["total"]), tone="main"), *won, *_gap(measure)])
    pipeline = f", {measure.words.money(total['pipeline'], short=True)}" if measure.is_money else ""
    return Tiles([
        *_chance(measure),
        Tile("Expected", one(figures["total"]), f"{one(figures['p10'])} to {one(figures['p90'])} in 8 of 10 cases", "main"),
        Tile("Closed won", one(figures["won"]), _share(measure)),
        Tile(f"From open {measure.what}", one(figures["open"]), f"{count(total['open_deals'])} open{pipeline}"),
        Tile(f"From new {measure.what}", one(figures["new"]), "not created yet"),
        *_gap(measure),
        Tile("May slip", f"{expected(total['slips'])} {measure.what}",
             f"now worth {measure.words.money(total['slipped'], short=True)}" if measure.is_money else ""),
    ])


def _chance(measure: Measure) -> list[Tile]:
    total = measure.told["total"]
    if total["quota"] is None:
        return []
    reach = total["reach"]
    tone = "" if reach is None else "good" if reach >= GOOD_CHANCE else "warn" if reach >= FAIR_CHANCE else "bad"
    return [Tile("Chance of quota", percent(reach), f"quota {measure.words.money(total['quota'], short=True)}",
                 tone)]  # type: ignore[arg-type]


def _gap(measure: Measure) -> list[Tile]:
    total = measure.told["total"]
    if total["quota"] is None or total["gap"] is None:
        return []
    short = total["gap"] > 0
    covered = "" if measure.phase == "over" or total["coverage"] is None else f"coverage {count(total['coverage'], 1)} ×"
    return [Tile("Short of quota" if short else "Above quota", measure.words.money(abs(total["gap"]), short=True), covered,
                 "bad" if short else "good")]


def _share(measure: Measure) -> str:
    figures, quota = measure.total, measure.quota
    if quota:
        return f"{percent(figures['won'] / quota)} of the quota"
    return f"{percent(figures['won'] / figures['total'])} of what is expected" if figures["total"] else ""
