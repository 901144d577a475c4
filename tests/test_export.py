"""leadcast export on the trained workspace: no key dangles, sums equal the forecast's, files are exact and whole or not there."""

import csv
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from fixtures_store import blank_sqlite

from leadcast.cli import main
from leadcast.errors import OutputError
from leadcast.places import tracking_uri
from leadcast.store.bulk import load_history
from leadcast.store.histories import whole_history
from leadcast.vocabulary import Vocabulary
from serving.asked_forecasts import Asked, look_of
from serving.feed.files import MANIFEST, NotOurs, write_feed
from serving.feed.star import Feed, Wanted, build_feed
from serving.outlook import Outlook, outlook_json

DAY = np.timedelta64(1, "D")
SMALL = pa.table({"a_key": pa.array([0, 1]), "text": pa.array(["=1+1", None]),
                  "at": pa.array([None, 0], pa.timestamp("us", "UTC")),
                  "day": pa.array([None, 1], pa.date32()), "flag": pa.array([True, None]), "sum": pa.array([0.1, None])})


@dataclass(frozen=True)
class Made:
    """A feed and its tables as pandas has them."""

    feed: Feed
    tables: dict[str, pd.DataFrame]

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.tables[name]


def look_at(trained, days_back: int = 0) -> Outlook:
    asked = Asked(trained.history.end - days_back * DAY, "quarter", "owner")
    return look_of(trained.workspace, trained.history, trained.bundles, asked)


@pytest.fixture(scope="module")
def made(trained):
    """``made(days_back, owners=...)``: a feed as of so many days before the end; two forecasts are saved."""
    snapshots = [look_at(trained, days).snapshot(f"{days} days before") for days in (20, 0)]

    def feed(days_back: int = 0, **wanted: Any) -> Made:
        asked = Wanted(trained.history.end - days_back * DAY, **wanted)
        built = build_feed(trained.workspace, trained.history, trained.bundles, snapshots, asked)
        return Made(built, {name: table.to_pandas() for name, table in built.tables.items()})

    return feed


@pytest.fixture(scope="module")
def whole(made) -> Made:
    return made()


@pytest.fixture(scope="module")
def past(made) -> Made:
    return made(20)


@pytest.fixture(scope="module")
def parts(made, whole) -> list[Made]:
    """The whole in two parts, by owners."""
    everybody = set(whole["dim_owner"]["owner"]) - {"(none)"}
    some = frozenset(sorted(everybody)[:4])
    return [made(owners=some), made(owners=frozenset(everybody - some))]


@pytest.fixture(scope="module")
def small() -> Feed:
    named = [field.with_metadata({"description": f"what {field.name} means", "key": ""}) for field in SMALL.schema]
    table = SMALL.cast(pa.schema(named, metadata={"description": "a row"}))
    return Feed({"fact_small": table}, {"format": "leadcast-export/1", "notes": []})


# ---- what the tables say ---------------------------------------------------------------------------------------


def dangling(feed: Feed) -> list[str]:
    """Keys and days that find no row, and primary keys that stand twice."""
    keys = {(name, f.name): f.metadata[b"key"].decode() for name, table in feed.tables.items() for f in table.schema}
    primary = {name: column for (name, column), key in keys.items() if key == "primary"}
    found = [f"{name}.{column} stands twice" for name, column in primary.items()
             if len(set(values := feed.tables[name][column].to_pylist())) < len(values) or None in values]
    for (name, column), key in keys.items():
        if key.startswith("-> "):
            home = key.removeprefix("-> ")
            known = set(feed.tables[home][primary[home]].to_pylist()) | ({None} if home == "dim_date" else set())
            found += [f"{name}.{column}: {value}" for value in set(feed.tables[name][column].to_pylist()) - known]
    return found


def test_every_key_and_every_day_finds_its_row(whole, past, parts):
    assert [dangling(one.feed) for one in (whole, past, *parts)] == [[], [], [], []]


def test_sums_equal_the_forecast(trained, whole):
    told = outlook_json(look_at(trained))
    total, by_owner = whole["fact_forecast_total"].iloc[0], whole["fact_forecast"]
    name = whole["dim_owner"].set_index("owner_key")["owner"]
    assert by_owner["owner_key"].map(name).tolist() == list(told["parts"])
    for column, what in (("deals", "count"), ("amount", "amount")):
        for piece in ("won", "open", "new", "total"):
            assert total[f"{column}_{piece}"] == told["total"][what][piece] > -1
            assert by_owner[f"{column}_{piece}"].sum() == pytest.approx(total[f"{column}_{piece}"])
            assert by_owner[f"{column}_{piece}"].tolist() == [part[what][piece] for part in told["parts"].values()]
    assert total["quota"] == told["quota"] and total["reach"] == told["total"]["goal"]["reach"]
    assert total["pipeline_amount"] == told["total"]["pipeline"] and total["pipeline_deals"] == told["total"]["open_deals"]
    levels, values = (told["total"]["amount"]["whole"][key] for key in ("levels", "values"))
    assert [total[f"amount_p{p}"] for p in (10, 50, 90)] == pytest.approx(np.interp([0.1, 0.5, 0.9], levels, values))


def test_what_is_open_adds_up_to_the_forecasts_open_part(whole):
    scores, total = whole["fact_deal_score"], whole["fact_forecast_total"].iloc[0]
    assert scores["period_amount"].sum() == pytest.approx(total["amount_open"])
    assert scores["period_probability"].sum() == pytest.approx(total["deals_open"])
    assert (scores["expected_amount"] - scores["amount"] * scores["probability"]).abs().max() < 1e-9


def test_scores_are_those_that_leadcast_score_gives(trained, whole):
    models = whole["dim_model"].set_index("model_key")
    for fact, key, dimension, entity in (("fact_lead_score", "lead_key", "dim_lead", "lead"),
                                         ("fact_deal_score", "deal_key", "dim_deal", "opportunity")):
        mine = whole[fact].assign(target=whole[fact]["model_key"].map(models["target"]),
                                  entity_id=whole[fact][key].map(whole[dimension].set_index(key)[f"{entity}_id"]))
        theirs = trained.scores[trained.scores["entity"] == entity]
        both = mine.merge(theirs, on=["target", "entity_id"], suffixes=("", "_theirs"))
        assert len(both) == len(mine) == len(theirs) > 0
        for name, other in (("probability", "probability_theirs"), ("score", "score_theirs"), ("fit", "fit_score"),
                            ("engagement", "engagement_score"), ("trend", "trend_theirs"), ("won_ever", "won_ever_theirs")):
            np.testing.assert_array_equal(both[name], both[other].astype(float))
        assert (both["grade"] == both["grade_theirs"]).all()


def test_wins_in_the_period_are_what_the_forecast_has_won(past):
    wins, dates, total = past["fact_win"], past["dim_date"].set_index("date"), past["fact_forecast_total"].iloc[0]
    mine = wins[wins["is_won"] & wins["closed_date"].map(dates["is_period"]).astype(bool)]
    assert len(mine) == total["deals_won"] > 0 and mine["amount"].sum() == pytest.approx(total["amount_won"])


def test_the_funnel_counts_what_leadcast_funnel_counts(trained, whole):
    from leadcast.funnel import Wanted as WantedFunnel
    from leadcast.funnel import funnels_of

    rows = whole["fact_funnel"]
    for path, entity in (("leads", "lead"), ("deals", "opportunity")):
        counted = funnels_of(trained.history, WantedFunnel(path), trained.history.end).whole
        mine = rows[rows["entity"] == entity]
        reached = [int((mine["step"] >= step).sum()) for step in range(1, len(counted.stages) + 1)]
        assert reached == [stage.reached for stage in counted.stages]
        assert (mine["is_won"].sum(), mine["is_lost"].sum(), mine["is_open"].sum()) == (counted.won, counted.lost, counted.open)


def test_saved_forecasts_stand_as_they_were_saved(trained, whole):
    saved, deals = whole["fact_forecast_snapshot"], whole["fact_snapshot_deal"]
    assert saved["note"].tolist() == ["20 days before", "0 days before"] and not saved["is_scenario"].any()
    assert saved["amount_total"].iloc[1] == whole["fact_forecast_total"]["amount_total"].iloc[0]
    assert saved["snapshot_id"].str.contains("_").all() and saved["as_of"].is_monotonic_increasing
    now = deals[deals["snapshot_key"] == 2]
    is_open = now[now["kind"] == "open"]
    assert sorted(is_open["deal_key"]) == sorted(whole["fact_deal_score"]["deal_key"]) and (is_open["lead_key"] == 0).all()
    assert (now.loc[now["kind"] == "new", "deal_key"] == 0).all()
    assert now.loc[now["kind"] == "new", "expected"].sum() == pytest.approx(saved["deals_new"].iloc[1])


def test_parts_of_a_team_add_up_to_the_whole_and_keep_their_keys(whole, parts):
    for name in ("fact_lead_score", "fact_deal_score", "fact_stage", "fact_funnel", "fact_win"):
        mine = pd.concat([part[name] for part in parts])
        assert len(mine) == len(whole[name]) - unowned(whole, name)
        keys = mine[["lead_key", "deal_key"]] if "lead_key" in mine and "deal_key" in mine else mine[[mine.columns[0]]]
        assert set(map(tuple, keys.to_numpy())) <= set(map(tuple, whole[name][keys.columns].to_numpy()))
    for column in ("amount_won", "amount_open"):
        of_parts = sum(part["fact_forecast_total"][column].sum() for part in parts)
        assert of_parts == pytest.approx(whole["fact_forecast_total"][column].sum())
        saved = sum(p["fact_forecast_snapshot"][column] for p in parts)
        np.testing.assert_allclose(saved, whole["fact_forecast_snapshot"][column])


def unowned(whole: Made, name: str) -> int:
    return int((whole[name]["owner_key"] == 0).sum())


def test_an_earlier_day_knows_nothing_later(trained, past):
    limit = pd.Timestamp(trained.history.end - 20 * DAY, tz="UTC")
    assert past["dim_lead"]["created_at"].max() <= limit and past["fact_stage"]["since"].max() <= limit
    assert past["fact_win"]["closed_at"].max() <= limit
    assert past["fact_forecast_snapshot"]["note"].tolist() == ["20 days before"]
    assert past.feed.about["as_of"] == f"{trained.history.end - 20 * DAY}Z"


def test_without_a_model_of_winning_there_is_no_forecast_and_a_note_says_so(trained):
    leads = {name: bundle for name, bundle in trained.bundles.items() if bundle.entity == "lead"}
    feed = build_feed(trained.workspace, trained.history, leads, [], Wanted(trained.history.end))
    assert feed.tables["fact_forecast"].num_rows == feed.tables["fact_forecast_total"].num_rows == 0
    assert feed.tables["fact_lead_score"].num_rows > 0 and feed.about["notes"][0].startswith("No forecast: ")
    assert not any(feed.tables["dim_date"]["is_period"].to_pylist()) and dangling(feed) == []


def test_another_vocabulary_makes_the_same_tables(written, trained):
    nothing = written(Vocabulary())
    feed = build_feed(trained.workspace, nothing, {}, [], Wanted(nothing.end))
    assert {name: table.num_rows for name, table in feed.tables.items() if name.startswith("fact_")} == dict.fromkeys(
        [name for name in feed.tables if name.startswith("fact_")], 0)


# ---- files -----------------------------------------------------------------------------------------------------


def test_parquet_is_exact_and_says_what_columns_mean(whole, tmp_path):
    manifest = write_feed(whole.feed, tmp_path / "feed", "parquet")
    assert json.loads((tmp_path / "feed" / MANIFEST).read_text()) == manifest
    for told in manifest["tables"]:
        read = pq.read_table(tmp_path / "feed" / told["file"])
        assert read.equals(whole.feed.tables[told["name"]]) and read.num_rows == told["rows"]
        assert [(f.name, str(f.type), f.metadata[b"description"].decode()) for f in read.schema] == [
            (c["name"], c["type"], c["meaning"]) for c in told["columns"]]


def test_csv_is_read_the_same_everywhere(small, tmp_path):
    write_feed(small, tmp_path / "feed", "csv")
    text = (tmp_path / "feed" / "fact_small.csv").read_text(encoding="utf-8")
    assert list(csv.reader(text.splitlines())) == [
        ["a_key", "text", "at", "day", "flag", "sum"], ["0", "'=1+1", "", "", "true", "0.1"],
        ["1", "", "1970-01-01T00:00:00Z", "1970-01-02", "", ""]]


def test_an_earlier_export_is_replaced_whole_and_anything_else_is_left_alone(small, tmp_path):
    folder = tmp_path / "feed"
    write_feed(small, folder, "csv")
    write_feed(small, folder, "parquet")
    assert sorted(p.name for p in folder.iterdir()) == ["fact_small.parquet", MANIFEST]
    (folder / "mine.pbix").write_text("x")
    with pytest.raises(NotOurs, match=r"holds mine\.pbix, which no export wrote"):
        write_feed(small, folder, "parquet")
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotOurs, match="is no folder"):
        write_feed(small, tmp_path / "file", "parquet")
    (tmp_path / "empty").mkdir()
    write_feed(small, tmp_path / "empty", "parquet")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["empty", "feed", "file"]


def test_what_fails_half_way_leaves_the_folder_as_it_was(small, tmp_path, monkeypatch):
    write_feed(small, tmp_path / "feed", "csv")
    before = (tmp_path / "feed" / "fact_small.csv").read_bytes()
    monkeypatch.setattr("serving.feed.files.pq.write_table", no_room)
    with pytest.raises(OutputError, match="cannot be written: no room"):
        write_feed(replace(small), tmp_path / "feed", "parquet")
    assert (tmp_path / "feed" / "fact_small.csv").read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["feed"]


def no_room(*_: object, **__: object) -> None:
    raise OSError(28, "no room")


# ---- the command -----------------------------------------------------------------------------------------------


@pytest.fixture
def run(trained, tmp_path, monkeypatch):
    (tmp_path / "leadcast.toml").write_bytes((trained.folder / "leadcast.toml").read_bytes())
    (tmp_path / ".leadcast").mkdir()
    blank_sqlite(tmp_path / ".leadcast" / "store.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tracking_uri(trained.workspace))

    def ran(*arguments: object) -> Result:
        given = ["export", "-w", tmp_path, "--data", trained.folder, *arguments]
        return CliRunner().invoke(main, [str(a) for a in given], catch_exceptions=False)

    return ran


def test_the_command_writes_a_folder_for_a_region(run, tmp_path):
    done = run("--out", tmp_path / "feed", "--region", "SEA", "--json")
    assert done.exit_code == 0, done.stderr
    manifest = json.loads(done.stdout)
    assert manifest["scope"] == {"region": "SEA"} and manifest["format"] == "leadcast-export/1"
    owners = pd.read_parquet(tmp_path / "feed" / "dim_owner.parquet")
    assert set(owners["current_region"]) == {"(none)", "SEA"}


def test_the_command_writes_tables_into_the_store(run, tmp_path, repository: Path):
    from sqlalchemy import text

    from leadcast.store import open_engine

    done = run("--into", "store")
    assert done.exit_code == 0 and "fact_deal_score" in done.stdout
    store = open_engine(f"sqlite:///{tmp_path / '.leadcast' / 'store.db'}")
    page = (repository / "docs" / "export.md").read_text(encoding="utf-8")
    whenever = page.replace("d.year = 2026 AND d.quarter = 2", "d.year > 2000")
    asked = whenever.split("```sql\n")[1].split("```")[0].split(";")[:3]
    with store.reading() as connection:
        answers = [connection.execute(text(one)).fetchall() for one in asked]
    assert all(answers) and all(0 <= row.win_rate <= 1 for row in answers[0])


@pytest.mark.parametrize("store_address", ["sqlite"], indirect=True)
def test_what_the_store_holds_makes_the_same_tables(trained, store, whole):
    load_history(store, trained.history, trained.history.end)
    history = whole_history(store, trained.history.vocabulary, trained.history.end)
    found = build_feed(trained.workspace, history, trained.bundles, [], Wanted(trained.history.end))
    for name in ("dim_owner", "dim_stage", "dim_lead", "dim_deal", "fact_lead_score", "fact_forecast", "fact_stage", "fact_win"):
        pd.testing.assert_frame_equal(found.tables[name].to_pandas(), whole[name], check_exact=False, obj=name)


@pytest.mark.parametrize(("arguments", "said"), [
    (("--from", "store", "--out", "new"), "The store holds no lead and no deal. Fill it with leadcast load"),
    ((), "Say where to: --out FOLDER"), (("--out", "a", "--into", "store"), "Say where to"),
    (("--out", "new", "--region", "Nowhere"), "--region Nowhere: nobody is meant by that. Known owners are u01"),
])
def test_what_cannot_be_meant_is_refused(run, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert done.exit_code == 2 and said in done.stderr and not (tmp_path / "new").exists()
