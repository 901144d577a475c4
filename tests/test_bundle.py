"""Bundles: the same bytes for the same model, nothing loaded before its hash is checked, clear words when refused."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from leadcast.bundle import Bundle, Facts, Golden, Part
from leadcast.bundle_files import _checksum, dump, read_bundle, sha256, write_bundle
from leadcast.calibration import Calibrator
from leadcast.contract import Contract, Feature
from leadcast.errors import BundleError, BundleMismatch
from leadcast.reference import Reference
from leadcast.vocabulary import Target, Vocabulary
from training.models import fit_base_rate, fit_logistic, fit_trees

CONTRACT = Contract((
    Feature("source", "category", "where they come from", "fit", ("ads", "fäir")),
    Feature("visits_count_7d", "count", "visits in a week", "engagement"),
))
TARGET = Target("mql", "lead", ("mql",), 30.0)
RUNG = "trees 50 % + logistic 40 % + base rate 10 %"


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    rng = np.random.default_rng(0)
    values = np.column_stack([rng.integers(-1, 2, 400), rng.poisson(1.0, 400)]).astype(float)
    values[rng.random((400, 2)) < 0.1] = np.nan
    outcome = (rng.random(400) < 0.3 + 0.2 * (values[:, 1] > 1)).astype(float)
    weight = np.ones(400)
    parts = (
        Part(0.1, fit_base_rate(outcome, weight)),
        Part(0.4, fit_logistic(values, CONTRACT, outcome, weight, [0.1])[0]),
        Part(0.5, fit_trees(values, CONTRACT, outcome, weight, 0, 10)),
    )
    facts = Facts(TARGET, 30.0, np.datetime64("2026-03-01T08:00", "us"), "f" * 64, 0, 400, 400, int(outcome.sum()))
    bare = Bundle(
        facts, CONTRACT, parts, Calibrator(1.1, -0.05), Vocabulary(name="acme", targets=(TARGET,)),
        Reference("", np.empty(0), {}), Golden(values[:7], np.empty(0)), {"rates": {"ann": 0.25}}, {"metrics": {}}, "# card\n",
    )
    scored = bare.score(values)
    return replace(bare, reference=Reference.of("all", scored.log_odds, scored.sums, CONTRACT, values),
                   golden=Golden(values[:7], bare.log_odds(values[:7])))


@pytest.fixture
def folder(bundle: Bundle, tmp_path: Path) -> Path:
    write_bundle(bundle, tmp_path / "bundle")
    return tmp_path / "bundle"


def sign_again(folder: Path) -> None:
    """Give a changed bundle the manifest of an honest one."""
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"] = {name: sha256((folder / name).read_bytes()) for name in manifest["files"]}
    manifest["checksum"] = _checksum(manifest)
    (folder / "manifest.json").write_text(dump(manifest))


def change_manifest(folder: Path, **changes: object) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(dump({**manifest, **changes}))
    sign_again(folder)


def test_reasons_add_up_to_the_served_log_odds(bundle: Bundle) -> None:
    scored = bundle.score(bundle.golden.values)
    total = scored.base + scored.contributions.sum(1) + scored.calibration
    np.testing.assert_allclose(total, scored.log_odds, rtol=0, atol=1e-9)
    np.testing.assert_allclose(1 / (1 + np.exp(-scored.log_odds)), scored.probability, rtol=1e-12)
    assert (scored.log_odds == bundle.log_odds(bundle.golden.values)).all()


def test_alone_and_in_a_batch_agree_to_the_last_bit(bundle: Bundle) -> None:
    values = np.tile(bundle.golden.values, (40, 1))
    together = bundle.score(values)
    for place in range(len(bundle.golden.values)):
        alone = bundle.score(values[place:place + 1])
        assert alone.probability[0] == together.probability[place]
        assert (alone.contributions[0] == together.contributions[place]).all() and alone.base == together.base


def test_what_is_read_is_what_was_written(bundle: Bundle, folder: Path) -> None:
    again = read_bundle(folder)
    assert (again.log_odds(bundle.golden.values) == bundle.log_odds(bundle.golden.values)).all()
    assert (again.facts, again.contract, again.vocabulary) == (bundle.facts, bundle.contract, bundle.vocabulary)
    assert (again.context, again.report, again.card, again.rung) == (bundle.context, bundle.report, bundle.card, RUNG)
    assert again.reference.to_json() == bundle.reference.to_json()


def test_writing_twice_gives_the_same_bytes(bundle: Bundle, folder: Path, tmp_path: Path) -> None:
    write_bundle(read_bundle(folder), tmp_path / "again")
    first, second = ({p.name: p.read_bytes() for p in place.iterdir()} for place in (folder, tmp_path / "again"))
    assert first == second


def test_the_bundle_holds_no_path_and_no_thread_count(folder: Path) -> None:
    secrets = (str(Path.home()), str(folder.parent), "num_threads")
    assert not [(p.name, word) for p in folder.iterdir() for word in secrets if word in p.read_text()]


FILES = ("member-0-base_rate.json", "member-1-logistic.json", "member-2-trees.txt", "contract.json", "members.json",
         "calibrator.json", "curve.json", "context.json", "vocabulary.json", "reference.json", "golden.json", "report.json",
         "recipe.json", "profile.json", "card.md")


def test_the_list_of_files_is_complete(folder: Path) -> None:
    assert {p.name for p in folder.iterdir()} == {*FILES, "manifest.json"}


@pytest.mark.parametrize("name", FILES)
def test_a_changed_file_is_refused(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(BundleError, match=rf"The bundle's {name} differs from its manifest \(SHA-256\): it was changed or cut"):
        read_bundle(folder)


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BundleError, match=rf"The bundle lacks {name}; the folder holds .*\. Restore it, or retrain"):
        read_bundle(folder)


def test_a_changed_manifest_is_refused(folder: Path) -> None:
    text = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(text.replace('"horizon_days": 30.0', '"horizon_days": 90.0'))
    with pytest.raises(BundleError, match=r"manifest\.json does not match its own checksum: it was changed"):
        read_bundle(folder)


def test_a_manifest_cut_short_is_refused(folder: Path) -> None:
    text = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(text[: len(text) // 2])
    with pytest.raises(BundleError, match=r"manifest\.json is not readable as JSON: changed or cut short"):
        read_bundle(folder)


def test_another_format_is_refused(folder: Path) -> None:
    change_manifest(folder, format="leadcast-bundle/9")
    with pytest.raises(BundleError, match=r"'leadcast-bundle/9' \(made by Leadcast .*which reads 'leadcast-bundle/4'"):
        read_bundle(folder)


def test_an_older_format_is_refused_with_what_to_do(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["leadcast"]
    (folder / "manifest.json").write_text(dump({**manifest, "format": "leadcast-bundle/1"}))
    with pytest.raises(BundleMismatch, match=r"bundle/1' \(made by an earlier version\); .*train --promote\), or run"):
        read_bundle(folder)


def test_a_calibrator_of_an_unknown_kind_is_refused(folder: Path) -> None:
    (folder / "calibrator.json").write_text('{"kind": "spline"}')
    sign_again(folder)
    with pytest.raises(BundleMismatch, match=r"a calibrator of kind 'spline'; known here: .*sigmoid"):
        read_bundle(folder)


def test_recipe_and_profile_travel_with_the_model(bundle: Bundle, tmp_path: Path) -> None:
    full = replace(bundle, recipe={"strength": 0.01}, profile={"features": [{"missing": 0.25}]})
    write_bundle(full, tmp_path / "full")
    again = read_bundle(tmp_path / "full")
    assert (again.recipe, again.profile) == ({"strength": 0.01}, {"features": [{"missing": 0.25}]})


def test_a_file_outside_the_folder_is_refused(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["../secret"] = "0" * 64
    manifest["checksum"] = _checksum(manifest)
    (folder / "manifest.json").write_text(dump(manifest))
    with pytest.raises(BundleError, match=r"names '\.\./secret', which is not a file of its own folder"):
        read_bundle(folder)


def test_a_contract_of_another_fingerprint_is_refused(folder: Path) -> None:
    change_manifest(folder, contract_fingerprint="0" * 64)
    with pytest.raises(BundleError, match=r"contract.json does not have the fingerprint its manifest states"):
        read_bundle(folder)


def test_a_file_the_format_needs_is_missed(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    change_manifest(folder, files={name: digest for name, digest in manifest["files"].items() if name != "golden.json"})
    with pytest.raises(BundleError, match=r"The bundle lacks golden.json; it holds "):
        read_bundle(folder)


def test_other_library_versions_are_welcome_if_the_golden_rows_agree(folder: Path) -> None:
    change_manifest(folder, libraries={"lightgbm": "3.0.0", "numpy": "1.0.0"})
    assert read_bundle(folder).rung == RUNG


def test_other_library_versions_that_score_differently_are_refused(folder: Path) -> None:
    golden = json.loads((folder / "golden.json").read_text())
    golden["log_odds"][0] += 1e-6
    (folder / "golden.json").write_text(json.dumps(golden))
    sign_again(folder)
    assert read_bundle(folder)  # same versions: nothing to compare
    change_manifest(folder, libraries={"lightgbm": "3.0.0"})
    with pytest.raises(BundleError, match=r"made with lightgbm 3\.0\.0; the versions here give its golden rows .*1\.00e-06"):
        read_bundle(folder)


def test_a_truncated_tree_never_reaches_lightgbm(folder: Path) -> None:
    """LightGBM ends the whole process on a broken file; here the reader survives, in a process of its own."""
    path = folder / "member-2-trees.txt"
    path.write_bytes(path.read_bytes()[:-400])
    code = f"from pathlib import Path; from leadcast.bundle_files import read_bundle; read_bundle(Path({str(folder)!r}))"
    root = Path(__file__).resolve().parent.parent
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root)
    assert ended.returncode == 1 and "BundleError: The bundle's member-2-trees.txt differs" in ended.stderr


def test_a_bundle_wants_a_folder_of_its_own(bundle: Bundle, folder: Path) -> None:
    with pytest.raises(BundleError, match="bundle is not empty; a bundle is written into a folder of its own"):
        write_bundle(bundle, folder)


def test_rows_of_another_width_are_refused(bundle: Bundle) -> None:
    with pytest.raises(BundleError, match=r"The model mql takes rows of 2 features, found shape \(1, 3\)"):
        bundle.score(np.zeros((1, 3)))


def test_infinity_cannot_be_written(bundle: Bundle, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_bundle(replace(bundle, context={"x": float("inf")}), tmp_path / "b")
