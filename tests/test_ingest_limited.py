"""What a sender who is limited to some owners may write."""

from typing import Any

from ingested import NOW, STAGE, change, only_error, statuses

from leadcast.store.intake_entities import put_leads, put_opportunities
from leadcast.store.intake_events import put_events
from leadcast.store.intake_fields import put_fields
from leadcast.store.intake_parties import put_contacts
from leadcast.store.intake_stages import put_stages
from leadcast.store.intake_team import put_owners, put_quotas

ANNS = frozenset({"ann"})


def test_a_limited_sender_writes_only_its_owners_records_and_gives_none_away(put):
    put(put_leads, {"lead_id": "L1", "owner": "ann"}, {"lead_id": "L2", "owner": "bob"})
    outcomes = put(put_leads, {"lead_id": "L1", "source": "web"}, {"lead_id": "L2", "source": "web"},
                   {"lead_id": "L1", "owner": "bob"}, {"lead_id": "L3"}, {"lead_id": "L4", "owner": "ann"}, owners=ANNS)
    assert statuses(outcomes) == ["updated", "rejected", "rejected", "rejected", "created"]


def test_a_limited_sender_writes_facts_of_its_owners_records_alone(put):
    put(put_leads, {"lead_id": "L1", "owner": "ann", "contact_id": "C1"}, {"lead_id": "L2", "owner": "bob", "contact_id": "C2"})
    def of(**ids: str) -> dict[str, Any]:
        return {"type": "call", "occurred_at": NOW, **ids}

    outcomes = put(put_events, of(lead_id="L1"), of(lead_id="L2"), of(lead_id="L9"), of(contact_id="C1"), of(contact_id="C2"),
                   of(lead_id="L1", contact_id="C2"), owners=ANNS)
    assert statuses(outcomes) == ["created", "rejected", "rejected", "created", "rejected", "rejected"]
    assert statuses(put(put_stages, STAGE, {**STAGE, "entity_id": "L2"}, owners=ANNS)) == ["created", "rejected"]
    assert statuses(put(put_fields, change("source", "web", "03-02"), change("owner", "bob", "03-02"), owners=ANNS)) == [
        "created", "rejected"]
    assert statuses(put(put_contacts, {"contact_id": "C1"}, {"contact_id": "C2"}, owners=ANNS)) == ["created", "rejected"]


def test_a_limited_sender_does_not_say_who_belongs_to_whom(put):
    assert only_error(put(put_owners, {"owner": "ann", "manager": "eve"}, owners=ANNS))[0] == "owner"
    quotas = [{"owner": owner, "period": "2026", "amount": 1.0} for owner in ("ann", "bob")]
    assert statuses(put(put_quotas, *quotas, owners=ANNS)) == ["created", "rejected"]


def test_a_limited_sender_does_not_link_its_records_to_what_others_carry(put):
    put(put_leads, {"lead_id": "L1", "owner": "ann", "contact_id": "C1"}, {"lead_id": "L2", "owner": "bob", "contact_id": "C2"})
    put(put_opportunities, {"opportunity_id": "D2", "owner": "bob", "account_id": "A2"})
    outcomes = put(put_leads, {"lead_id": "L3", "owner": "ann", "contact_id": "C2"}, {"lead_id": "L1", "account_id": "A2"},
                   {"lead_id": "L1", "contact_id": "C1", "account_id": "A9"}, owners=ANNS)
    assert statuses(outcomes) == ["rejected", "rejected", "updated"]
    assert [outcome.errors[0][0] for outcome in outcomes[:2]] == ["contact_id", "account_id"]
    assert statuses(put(put_opportunities, *({"opportunity_id": f"of {lead}", "owner": "ann", "lead_id": lead}
                                             for lead in ("L1", "L2", "L9")), owners=ANNS)) == ["created", "rejected", "created"]


def test_a_limited_sender_keeps_a_link_that_others_share(put):
    put(put_leads, {"lead_id": "L1", "owner": "ann", "contact_id": "C1"}, {"lead_id": "L2", "owner": "bob", "contact_id": "C1"})
    assert statuses(put(put_leads, {"lead_id": "L1", "contact_id": "C1", "source": "web"}, owners=ANNS)) == ["updated"]
