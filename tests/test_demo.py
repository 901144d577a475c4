"""What the demo is asked for; that it goes through everything once is in test_readme.py, where it runs."""

from click.testing import CliRunner

from leadcast.cli import main
from leadcast.errors import LeadcastError


def test_a_demo_on_a_workspace_that_is_not_there_says_so(tmp_path):
    result = CliRunner().invoke(main, ["demo", "-w", str(tmp_path)])
    assert result.exit_code == 2 and "leadcast.toml" in result.stderr


def test_its_size_seed_and_folder_may_be_chosen(tmp_path, monkeypatch):
    asked = []

    def simulate(*given: object) -> None:
        asked.append(given[:3])
        raise LeadcastError("enough")

    monkeypatch.setattr("leadcast.simulate.simulate", simulate)
    result = CliRunner().invoke(main, ["demo", "--data", str(tmp_path / "mine"), "--leads", "600", "--seed", "3"])
    assert result.exit_code == 2 and asked == [(tmp_path / "mine", 600, 3)]
    assert "made up: 600 leads, seed 3" in " ".join(result.stdout.split())
