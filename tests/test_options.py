"""What the commands have in common."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from leadcast.options import moment, print_json

END = np.datetime64("2026-03-31T21:59:00", "us")


@pytest.mark.parametrize(("text", "said"), [
    (None, ""), ("2026-03-31T21:59Z", ""), ("2026-01-01", ""),
    ("2026-04-01", "note: The data end at 2026-03-31 21:59 UTC; nothing later is known.\n"),
])
def test_a_moment_after_the_end_of_the_data_is_pointed_out(capsys, text, said):
    when = moment(text, SimpleNamespace(end=END))
    assert when == (END if text is None else np.datetime64(text.removesuffix("Z"), "us"))
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", said)


def test_json_holds_null_where_there_is_no_number(capsys):
    print_json({"auc": float("nan"), "rows": [1, np.float64("inf"), {"deep": (float("-inf"), 0.5)}]})
    assert json.loads(capsys.readouterr().out) == {"auc": None, "rows": [1, None, {"deep": [None, 0.5]}]}
