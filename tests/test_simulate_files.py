"""The simulated folder: the same bytes for a seed, one lead's life in worlds of any size, the truth beside."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from leadcast.errors import SourceError
from leadcast.simulate import simulate
from leadcast.simulate.blocks import draw_block, draw_blocks
from leadcast.simulate.people import BLOCK
from leadcast.simulate.truth import read_truth, true_lives

ROOT = Path(__file__).resolve().parent.parent
LEADS = BLOCK + 300


def fingerprints(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize(
    ("shape", "file"), [("crm", "touches.csv"), ("snapshot", "deals.csv"), ("log", "log.csv"), ("export", "leads.csv")])
def test_the_same_seed_writes_the_same_bytes(tmp_path, shape, file):
    for name, seed in (("one", 3), ("two", 3), ("other", 4)):
        simulate(tmp_path / name, LEADS, seed, shape)
    one, two, other = (fingerprints(tmp_path / name) for name in ("one", "two", "other"))
    assert one == two
    assert one.keys() == other.keys() and one[file] != other[file]


def test_simulating_again_replaces_the_files(tmp_path):
    simulate(tmp_path / "again", LEADS, 4)
    simulate(tmp_path / "again", 50, 3)
    simulate(tmp_path / "fresh", 50, 3)
    assert fingerprints(tmp_path / "again") == fingerprints(tmp_path / "fresh")


def test_a_lead_lives_the_same_life_in_a_world_of_any_size():
    small, large = draw_block(40, 3, 0), draw_block(3 * BLOCK, 3, 0)
    for name in ("lead_id", "contact_id", "account_id", "owner", "source", "intent", "employees"):
        assert small.leads[name].astype(str).tolist() == large.leads[name][:40].astype(str).tolist(), name
    assert small.deals["opportunity_id"].tolist() == large.deals["opportunity_id"][: small.deals.rows].tolist()
    assert set(small.events["event_id"]) == set(large.events["event_id"][large.events["lead"] < 40])
    one, other = small.lead_life, large.lead_life
    assert np.array_equal(one.chain.q, other.chain.q[:40])
    # Only the calendar differs; whole seconds are cut off from both ends.
    assert np.allclose(seconds_to_mql(one.entered), seconds_to_mql(other.entered[:40]), atol=1, equal_nan=True)


def seconds_to_mql(entered: np.ndarray) -> np.ndarray:
    return (entered[:, 1] - entered[:, 0]) / np.timedelta64(1, "s")


def test_leads_stand_in_order_of_time():
    leads = [block.leads for block in draw_blocks(LEADS, 3)]
    ids, created = (np.concatenate([table[name] for table in leads]) for name in ("lead_id", "created_at"))
    assert (np.diff(created) > np.timedelta64(0)).all()
    assert ids.tolist() == sorted(ids) and len(set(ids)) == LEADS


def test_the_truth_lies_beside_the_files(tmp_path):
    simulate(tmp_path, LEADS, 3)
    written, drawn = read_truth(tmp_path), true_lives(LEADS, 3)
    for entity in ("lead", "opportunity"):
        assert written.ids[entity].tolist() == drawn.ids[entity].tolist()
        assert np.array_equal(written.lives[entity].entered.astype("int64"), drawn.lives[entity].entered.astype("int64"))
        assert np.array_equal(written.lives[entity].chain.q, drawn.lives[entity].chain.q)


def test_the_shape_s_mapping_is_put_beside_unless_there_is_one(tmp_path):
    simulate(tmp_path, 10, 3, "log")
    assert (tmp_path / "leadcast.toml").read_bytes() == (ROOT / "examples" / "simulated-log" / "leadcast.toml").read_bytes()
    (tmp_path / "leadcast.toml").write_text("# mine\n")
    simulate(tmp_path, 10, 3, "log")
    assert (tmp_path / "leadcast.toml").read_text() == "# mine\n"


def test_progress_counts_leads(tmp_path):
    seen = []
    simulate(tmp_path, LEADS, 3, "export", progress=lambda done, total: seen.append((done, total)))
    assert seen == [(BLOCK, LEADS), (LEADS, LEADS)]


def test_an_unknown_shape_is_refused(tmp_path):
    with pytest.raises(SourceError, match='There is no shape "excel" of the simulated CRM; there is crm, snapshot, log, export'):
        simulate(tmp_path, 10, 3, "excel")


def test_a_world_without_leads_is_refused(tmp_path):
    with pytest.raises(SourceError, match="needs at least 1 lead; found 0"):
        simulate(tmp_path, 0, 3)
