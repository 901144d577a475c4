"""The page, part by part."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from leadcast.bundle import Bundle
from leadcast.model_limits import limits, suited
from leadcast.model_words import is_judged, question, summary, verdict, worst_sentence
from training.card import number
from training.page import tables
from training.page.look import STYLE
from training.page.markup import bullets, folded, paragraph, picture, section, table

CAPTIONS = {
    "gain": ("How many of all that came are found when the best are worked first.", "Gain curve"),
    "lift": ("How many times more than by chance, for the part that is worked.", "Lift curve"),
    "reliability": ("What it said against what came. On the dashed line it means what it says; bars are 95 % bands.",
                    "Reliability diagram; the same numbers stand in the reliability table"),
    "precision_recall": ("Of those worked, how many come, against how many of all are found.", "Precision and recall curve"),
    "scores": ("Its probabilities for those who came and those who did not: the less they overlap, the better.",
               "Histograms of the probability by outcome"),
    "drift": ("What it said and what came, over time; a lasting gap means the world has moved.", "Said and came by period"),
    "cohorts": ("The same by when they were created.", "Said and came by cohort"),
    "reasons": ("Each dot is one lead or deal; right of the line the feature raises its chance. Exact, from the model itself.",
                "Beeswarm of the contributions of the strongest features"),
    "dependence": ("How the strongest features move the chance along their values.",
                   "Contribution against value of the strongest features"),
    "segments": ("Where it says too much or too little, group by group.",
                 "Said and came by segment; the same numbers stand below"),
    "curve": ("How many of those open it said would be won by each day ahead, and how many were; below, how well it ranks them.",
              "Share won by day ahead, said and came; the same numbers stand in the table"),
    "auc_by_age": ("How well it ranks, by how long they have been there.", "AUC by time since creation"),
    "learning_curve": ("Would more history help? Loss on the newest outcomes, learned from less and from all.",
                       "Log loss against how much was learned from"),
}
RANKING, TRUST = ("gain", "lift", "precision_recall", "scores"), ("reliability",)
WHY, TIME = ("reasons", "dependence"), ("drift", "cohorts", "learning_curve", "auc_by_age")


def model_page(
    company: str, bundle: Bundle, figures: Mapping[str, str], leaks: Sequence[Mapping[str, Any]] | None = None
) -> str:
    """The whole page; nothing in it points outside.

    Parameters
    ----------
    company : the workspace's name
    figures : SVG by file name, as :func:`training.plots.draw_figures` makes them
    leaks : what the leakage gate found, as plain data; None where it did not look
    """
    report = bundle.report if leaks is None else {**bundle.report, "leaks": list(leaks)}
    body, about = "\n".join(_body(report, bundle, _Pictures(figures))), escape(f"{company} · {report['name']}")
    return (f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{about}: model report</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
            f'<header><h1>{escape(question(report))}</h1>\n<p class="quiet">{about} · '
            f"made from what was known at {escape(report['trained_as_of'])}</p></header>\n{body}\n</main>\n</body>\n</html>\n")


class _Pictures:
    """Figures by name, numbered as they come."""

    def __init__(self, figures: Mapping[str, str]) -> None:
        self.figures = {name.removesuffix(".svg"): figure for name, figure in figures.items()}
        self.drawn = 0

    def of(self, *names: str) -> str:
        parts = []
        for name in names:
            if name in self.figures:
                self.drawn += 1
                caption, alt = CAPTIONS[name]
                parts.append(picture(self.figures[name], self.drawn, alt, caption))
        return f'<div class="figures">{"".join(parts)}</div>' if parts else ""


def _body(report: dict[str, Any], bundle: Bundle, pictures: _Pictures) -> Iterator[str]:
    judged = verdict(report)
    yield (f'<div class="summary" role="note"><p class="verdict {judged.kind}">{escape(judged.text)}</p>'
           f"{bullets(summary(report))}</div>")
    if is_judged(report):
        yield section("How good it is", paragraph(tables.what_was_judged(report), "quiet"), tables.metrics(report),
                      tables.against(report), pictures.of(*RANKING))
        yield section("Do its percentages hold", pictures.of(*TRUST), tables.reliability(report), tables.calibration(report))
        yield section("Won by when", tables.over_time(report), pictures.of("curve"))
        yield section("What moves it", pictures.of(*WHY))
        yield section("Over time", pictures.of(*TIME), tables.steadiness(report))
        yield section("By segment and stage", paragraph(worst_sentence(report)), pictures.of("segments"), tables.stages(report),
                      tables.segments(report))
    yield section("Which models speak, and why", _members(report))
    yield section("Columns that gave the answer away", tables.leaks(report))
    yield section("Model card", _card(report, bundle), _features(bundle))


def _members(report: dict[str, Any]) -> str:
    rows = [[m["kind"].replace("_", " "), f"{m['weight']:.0%}"] for m in report["members"]]
    losses = report.get("recipe", {}).get("log_loss_on_folds") or {}
    later = report.get("recipe", {}).get("later", True)
    why = paragraph(
        "A simpler member speaks unless a richer one was better on later, unseen rows: in folds forward in time over the older "
        "outcomes, before the newest were looked at." if later else
        "A simpler member speaks unless a richer one was clearly better on rows of others, and not on later ones: between the "
        "oldest outcomes and those before the newest slice the label window leaves no room for that.")
    thin = (report.get("evidence") or {}).get("why") or []
    tried = [[kind.replace("_", " "), number(loss, ".4f")] for kind, loss in losses.items() if isinstance(loss, float)]
    caption = f"Log loss of each on the folds' {'later' if later else 'other'} rows (less is better)"
    tried_table = table(caption, ["member", "log loss"], tried) if tried else ""
    return why + table("Members of the blend", ["member", "weight"], rows) + tried_table + tables.rules(report) + (
        paragraph("Where the evidence is thin:") + bullets(thin) if thin else "")


def _card(report: dict[str, Any], bundle: Bundle) -> str:
    seen, horizon = report["observations"], report["horizon"]
    window = "the final outcome" if horizon["days"] is None else f"(look, look + {horizon['days']:g} days]"
    data = "a static export without dates" if seen["from"] is None else f"{seen['from']} to {seen['to']}"
    facts = [
        ["Target", f"{report['name']}: {question(report)}"], ["Label window", f"{window}; {horizon['reason']}"],
        ["Data", f"{data}; {seen['rows']:,} looks at {seen['entities']:,}, {seen['positives']:,} of them reached it"],
        ["Looks", seen["when"]],
        ["Features", f"{len(bundle.contract.features)}, fingerprint {bundle.contract.fingerprint[:12]}"],
        ["Fit for", suited(report)],
    ]
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in facts)
    return f"<dl>{rows}</dl><h3>Known limits</h3>{bullets(limit.replace('**', '') for limit in limits(report))}"


def _features(bundle: Bundle) -> str:
    rows = [[f.name, f.unit, f.about, f.doc] for f in bundle.contract.features]
    return folded(f"All {len(rows)} features", table("Features in order", ["feature", "unit", "about", "meaning"], rows))


