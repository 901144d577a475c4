"""The command ``leadcast``. Every room is opened inside the command that needs it, so ``--help`` is quick."""

import click

import leadcast
from leadcast.commands import (
    answers,
    backtest,
    backups,
    calls,
    champions,
    data,
    drift,
    erasing,
    exporting,
    forecasting,
    funnels,
    judging,
    keys,
    loading,
    models,
    refreshing,
    reporting,
    serving,
    snapshots,
    tuning,
    work,
)
from leadcast.options import FrontDoor


@click.group(cls=FrontDoor, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(leadcast.__version__, prog_name="leadcast")
def main() -> None:
    """Lead scores, win probabilities and sales forecasts from your CRM's own history.

    A workspace is a folder with a leadcast.toml that says where your tables are and what they mean.

    \b
    See it work:    leadcast demo
    Your own data:  leadcast init leads.csv deals.csv   then   check, train, score, forecast, serve
    """


for command in (
    data.simulate, data.init, data.check, data.features, models.train, judging.evaluate, tuning.tune, champions.promote,
    champions.models, answers.score, forecasting.forecast, snapshots.snapshots, snapshots.scenario, calls.call, calls.calls,
    funnels.funnel, reporting.report, exporting.export, backtest.backtest, loading.load, refreshing.refresh, serving.serve,
    work.work, keys.keys, erasing.erase, backups.backup, drift.drift, answers.demo,
):
    main.add_command(command)
