"""Put the chart library (Vega, Vega-Lite, vega-embed) where the page finds it: when Leadcast is installed, never when it runs.

``python -m serving.page.pack`` does it by hand.
"""

from pathlib import Path

PLACE = Path(__file__).parent / "static" / "packed" / "vega.js"


def pack(place: Path = PLACE) -> Path:
    """Write the library that the pinned ``vl-convert-python`` carries; the same one draws the charts of ``leadcast report``."""
    from vl_convert import javascript_bundle

    place.parent.mkdir(parents=True, exist_ok=True)
    new = place.with_suffix(".new")
    new.write_text(javascript_bundle(), encoding="utf-8")  # type: ignore[call-arg]  # its stub asks for one too many
    new.replace(place)
    return place


if __name__ == "__main__":
    pack()
