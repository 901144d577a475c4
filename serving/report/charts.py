"""Charts as SVG, drawn here from the page's own templates: nothing is fetched, nothing runs where they are read."""

import json
import re
from functools import cache
from typing import Any

from serving.page.files import FOLDER
from serving.report.tables import Chart

WIDTH = 880
THEME = "light"
APART = 10
"""Pixels between labels of an axis: where it is read, letters may be wider than here."""
_NAMESPACES = re.compile(r' xmlns(?::xlink)?="[^"]*"')
_TOLD = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')
"""What Vega says of each mark to a screen reader; the figure around the chart says it all in a sentence."""
_IDS = re.compile(r'(\bid="|url\(#|href="#)')


def drawn(chart: Chart, name: str) -> str:
    """A chart as an ``<svg>`` element for a page that holds several.

    Parameters
    ----------
    name : of this chart in the page, so that its ids are its own
    """
    import vl_convert

    spec = json.loads(_template(chart.name))
    spec |= {"width": WIDTH, "height": chart.height, "datasets": {"rows": list(chart.rows), **chart.data}}
    if chart.without:
        spec["layer"] = [layer for layer in spec["layer"] if layer["mark"].get("style") != chart.without]
    config: dict[str, Any] = {**json.loads(_template(THEME)), "aria": False}
    config["axis"] = {**config["axis"], "labelSeparation": APART}
    made = vl_convert.vegalite_to_svg(spec, config=config, allowed_base_urls=[])
    return _IDS.sub(rf"\g<1>{name}-", _TOLD.sub("", _NAMESPACES.sub("", made)))


@cache
def _template(name: str) -> str:
    return (FOLDER / "charts" / f"{name}.json").read_text(encoding="utf-8")
