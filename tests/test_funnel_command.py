"""The funnel at the command line and over HTTP: the same numbers, and clear mistakes."""

import json

import pytest
from asked_service import AskedService, asked_service, filled_store


@pytest.fixture(scope="module")
def filled(trained, tmp_path_factory):
    with filled_store(trained, tmp_path_factory.mktemp("filled")) as store:
        yield store


@pytest.fixture
def service(trained, filled, tmp_path) -> AskedService:
    return asked_service(trained, filled, tmp_path)


# ---- the command ----------------------------------------------------------------------------------------------


def test_the_funnel_is_printed_with_what_it_brings(service):
    found = service.command("funnel")["whole"]
    said = " ".join(service.run("funnel").stdout.split())
    first, last = found["stages"][0], found["stages"][-1]
    assert "Funnel of deals, as of" in said and f"{first['stage']} {first['reached']:,} 100 % {first['moved_on']:,}" in said
    assert f"{found['entered']:,} entered: {found['won']:,} won, {found['lost']:,} lost, {found['open']:,} open." in said
    assert f"Velocity: {found['velocity']['per_day']:,.0f} EUR a day" in said and f"{last['stage']} {last['reached']:,}" in said


def test_groups_are_printed_the_largest_first_and_no_more_than_asked(service):
    groups = service.command("funnel", "--by", "source")["groups"]
    said = service.run("funnel", "--by", "source", "--top", 2).stdout
    assert "By source" in said and f"{len(groups) - 2} more; --top shows them." in said
    assert said.index(groups[0]["name"]) < said.index(groups[1]["name"]) and groups[2]["name"] not in said


def test_the_stages_of_leads_and_deals_stand_one_after_the_other(service, trained):
    found = service.command("funnel", "--path", "leads_to_deals")
    assert [stage["entity"] for stage in found["whole"]["stages"]] == ["lead"] * 4 + ["opportunity"] * 4
    assert found["pipelines"] == ["default", "default"] and found["whole"]["entered"] == trained.history.leads.rows
    said = service.run("funnel", "--path", "leads_to_deals").stdout
    assert "Funnel of leads and their deals, as of" in said and "deal: negotiation" in said and "lead: new" in said


@pytest.mark.parametrize(("arguments", "said"), [
    (["--by", "colour"], "by colour: no column of the opportunity table to group by; known are"),
    (["--pipeline", "east"], "pipeline east: there is default."), (["--period", "soon"], "The period 'soon' is not one"),
    (["--period", "2026", "--from", "2026-01-01"], "--period says from when to when already: leave out --from and --to."),
    (["--from", "yesterday"], "'yesterday' is not a time"),
])
def test_a_mistake_is_one_clear_line(service, arguments, said):
    result = service.run("funnel", *arguments)
    assert result.exit_code == 2 and result.stderr.startswith("error: ") and said in " ".join(result.stderr.split())


# ---- over HTTP ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("query", "options"), [
    ({}, ()), ({"path": "leads", "by": "industry"}, ("--path", "leads", "--by", "industry")),
    ({"path": "leads_to_deals", "period": "2026-Q1"}, ("--path", "leads_to_deals", "--period", "2026-Q1")),
    ({"source": "webinar", "by": "region"}, ("--source", "webinar", "--by", "region")),
    ({"from": "2025-10-01T00:00:00Z", "to": "2026-02-01T00:00:00Z", "as_of": "2026-04-01T00:00:00Z"},
     ("--from", "2025-10-01", "--to", "2026-02-01", "--as-of", "2026-04-01")),
])
def test_the_store_gives_the_funnel_that_the_command_gives_on_the_files(service, query, options):
    found, expected = service.get("/v1/funnel", **query), service.command("funnel", *options)
    assert {**found, "as_of": None} == {**expected, "as_of": None} and found["whole"]["entered"] > 0


def test_a_limited_key_sees_the_funnel_of_its_own(service):
    groups = {group["name"]: group for group in service.get("/v1/funnel", by="owner")["groups"]}
    name, group = next(iter(groups.items()))
    with service.limited_to(name):
        mine = service.get("/v1/funnel", by="owner")
    assert mine["groups"] == [group] and mine["whole"] == {**group, "name": None}
    assert not [other for other in groups if other != name and other in json.dumps(mine)]


@pytest.mark.parametrize(("query", "paths"), [
    ({"by": "zebra-7731"}, ["by"]), ({"pipeline": "zebra-7731"}, ["pipeline"]), ({"path": "zebra-7731"}, ["path"]),
    ({"period": "zebra-7731"}, ["period"]), ({"period": "2026", "from": "2026-01-01T00:00:00Z"}, ["period"]),
    ({"from": "2026-01-01"}, ["from"]), ({"as_of": "zebra-7731"}, ["as_of"]), ({"zebra": "7731"}, ["zebra"]),
    ({"owner": "a\x00"}, ["owner"]), ({"source": ""}, ["source"]),
])
def test_what_cannot_be_is_refused_with_its_path_and_without_its_value(service, query, paths):
    assert service.refused("GET", "/v1/funnel", params=query) == (422, "invalid_request", paths)
    assert "zebra-7731" not in service.ask("GET", "/v1/funnel", params=query).text
