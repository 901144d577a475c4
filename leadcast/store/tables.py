"""The store's tables: canonical records, what was made of them, and who may ask.

Times are whole microseconds since 1970 UTC, exact on every database and quick to turn into ``datetime64[us]``. Records have the
columns of :mod:`leadcast.schema`; attributes of the workspace's own are one JSON text. Ids are texts of the CRM.
"""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()
_SERIAL = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only where the type is INTEGER."""


def _time(name: str, nullable: bool = True) -> Column:
    return Column(name, BigInteger, nullable=nullable)


# ---- records, as the CRM knows them -------------------------------------------------------------------------------

leads = Table(
    "leads", metadata,
    Column("lead_id", String, primary_key=True), _time("created_at"),
    Column("contact_id", String, index=True), Column("account_id", String, index=True), Column("owner", String, index=True),
    Column("source", String), Column("pipeline", String), Column("order", Float), Column("attributes", Text, nullable=False),
    Column("lent", Text), _time("received_at", nullable=False), _time("changed_at", nullable=False),
)
"""``lent`` names the attributes that are its contact's or account's, not its own, as a JSON list; so with deals."""

opportunities = Table(
    "opportunities", metadata,
    Column("opportunity_id", String, primary_key=True), _time("created_at"), Column("lead_id", String, index=True),
    Column("contact_id", String, index=True), Column("account_id", String, index=True), Column("owner", String, index=True),
    Column("amount", Float), Column("margin", Float), Column("currency", String), _time("expected_close"),
    Column("category", String), Column("pipeline", String), Column("order", Float), Column("attributes", Text, nullable=False),
    Column("lent", Text), _time("received_at", nullable=False), _time("changed_at", nullable=False),
)
events = Table(
    "events", metadata,
    Column("event_key", String(32), primary_key=True), Column("lead_id", String, index=True),
    Column("opportunity_id", String, index=True), Column("contact_id", String, index=True),
    Column("account_id", String, index=True), Column("type", String, nullable=False), Column("event_id", String),
    Column("direction", String), Column("actor", String), _time("occurred_at", nullable=False), _time("recorded_at"),
    Column("sequence", Float), Column("value", Float), _time("received_at", nullable=False),
)
stages = Table(
    "stages", metadata,
    Column("stage_key", String(32), primary_key=True), Column("entity", String, nullable=False),
    Column("entity_id", String, nullable=False, index=True), Column("stage", String, nullable=False), Column("reason", String),
    _time("entered_at"), _time("recorded_at"), _time("received_at", nullable=False), Column("place", BigInteger, nullable=False),
    Column("made_from", String),
)
"""``place`` keeps the order in which entries of one moment came; so in the field history. ``made_from`` is "events" where an
event that came through the API made the entry, so that it can be made again when an earlier one comes."""

fields = Table(
    "field_history", metadata,
    Column("field_key", String(32), primary_key=True), Column("entity", String, nullable=False),
    Column("entity_id", String, nullable=False, index=True), Column("field", String, nullable=False), Column("value", Text),
    Column("old_value", Text), _time("changed_at", nullable=False), _time("recorded_at"), _time("received_at", nullable=False),
    Column("place", BigInteger, nullable=False),
)
contacts = Table(
    "contacts", metadata,
    Column("contact_id", String, primary_key=True), Column("account_id", String, index=True),
    Column("attributes", Text, nullable=False), _time("received_at", nullable=False), _time("changed_at", nullable=False),
)
accounts = Table(
    "accounts", metadata,
    Column("account_id", String, primary_key=True),
    Column("attributes", Text, nullable=False), _time("received_at", nullable=False), _time("changed_at", nullable=False),
)
owners = Table(
    "owners", metadata,
    Column("owner_key", String(32), primary_key=True), Column("owner", String, nullable=False, index=True),
    Column("name", String), Column("manager", String), Column("region", String), _time("valid_from"),
    _time("received_at", nullable=False),
)
quotas = Table(
    "quotas", metadata,
    Column("quota_key", String(32), primary_key=True), Column("owner", String), Column("region", String),
    Column("period", String, nullable=False), Column("amount", Float, nullable=False), Column("currency", String),
    _time("received_at", nullable=False),
)
costs = Table(
    "costs", metadata,
    Column("cost_key", String(32), primary_key=True), Column("source", String), Column("campaign", String),
    Column("period", String, nullable=False), Column("amount", Float, nullable=False), Column("currency", String),
    _time("received_at", nullable=False),
)
rejected = Table(
    "rejected", metadata,
    Column("id", _SERIAL, primary_key=True), _time("at", nullable=False), Column("request_id", String),
    Column("resource", String, nullable=False), Column("place", Integer, nullable=False), Column("item", Text, nullable=False),
    Column("errors", Text, nullable=False),
)

# ---- what was made of them ----------------------------------------------------------------------------------------



def _whose(key: bool = False) -> list[Column]:
    return [Column(name, String, nullable=False, primary_key=key) for name in ("entity", "entity_id", "target")]


def _answer() -> list[Column]:
    """What a score says; as :class:`serving.messages.Score` without its reasons."""
    numbers = ("probability", "log_odds", "score", "fit_score", "engagement_score", "trend", "won_ever")
    times = ("won_by", "expected_close", "close_from", "close_to")
    return [_time("as_of", nullable=False), *(Column(name, Float) for name in numbers), Column("grade", String(1)),
            *(_time(name) for name in times), Column("enough_information", Integer), Column("unseen", Integer),
            Column("rung", String), Column("model", String, nullable=False)]


scores = Table("scores", metadata, *_whose(key=True), *_answer(), Index("scores_by_target", "target", "probability"))
"""The current score of everyone who is open: refreshed by events and by time passing."""

signs = Table(
    "signs", metadata, *(Column(name, String, nullable=False, primary_key=True) for name in ("entity", "entity_id")),
    _time("as_of", nullable=False), Column("stage", String), Column("stage_age_days", Float), Column("stage_norm_days", Float),
    *(_time(name) for name in ("last_event_at", "last_touch_at", "last_answer_at")),
    *(Column(name, Float) for name in ("waiting_days", "quiet_days", "days_to_close")), Column("pushes", Integer),
    Column("contacts", Integer), Column("flags", Text, nullable=False), Column("curve", Text),
)
"""How everyone who is open stands besides the scores, written with these: ``flags`` such as ``;stalled;silent;``, ``curve`` as
JSON ``[[days ahead, P(won by), P(lost by) or null], ...]``."""

score_history = Table(
    "score_history", metadata,
    Column("id", _SERIAL, primary_key=True), *_whose(), _time("at", nullable=False), Column("probability", Float, nullable=False),
    Column("score", Float, nullable=False), Column("grade", String(1), nullable=False), Column("model", String, nullable=False),
    Column("cause", String, nullable=False), Column("events", Integer, nullable=False),
    Index("score_history_of", "entity", "entity_id", "target", "at"),
)
"""How a score moved and why: ``cause`` is first, events, time, model or rebuilt; ``events`` counts what was new since."""

ledger = Table(
    "ledger", metadata,
    Column("id", _SERIAL, primary_key=True), _time("at", nullable=False), Column("request_id", String), Column("caller", String),
    *_whose(), *_answer(), Column("source", String, nullable=False), Column("fingerprint", String, nullable=False),
    Column("inputs", LargeBinary, nullable=False), Index("ledger_of", "entity", "entity_id"), Index("ledger_at", "at"),
)
"""What was answered: ``inputs`` are the model's own inputs, ``fingerprint`` their SHA-256; ``source`` is store or record."""

waiting = Table(
    "waiting", metadata,
    Column("entity", String, primary_key=True), Column("entity_id", String, primary_key=True), _time("since", nullable=False),
    Column("events", Integer, nullable=False),
)
"""Who has news since the current score was made."""

jobs = Table(
    "jobs", metadata,
    Column("job_id", String, primary_key=True), Column("kind", String, nullable=False), Column("request", Text, nullable=False),
    Column("status", String, nullable=False), Column("total", Integer, nullable=False), Column("done", Integer, nullable=False),
    Column("after", String), Column("parts", Integer, nullable=False), Column("rows", Integer), Column("checksum", String),
    Column("file", String), Column("error", Text), Column("caller", String), Column("request_id", String),
    _time("created_at", nullable=False), _time("started_at"), _time("finished_at"),
)
"""A job goes through ids in order: ``after`` is the last one done, ``parts`` the files written; ``rows`` and ``checksum`` are of
the result. ``error`` says why it failed, or what it waits for."""

prepared = Table(
    "prepared", metadata,
    Column("question_key", String(64), primary_key=True), Column("question", Text, nullable=False),
    Column("answer", LargeBinary, nullable=False), Column("made_from", String, nullable=False), _time("made_at", nullable=False),
    _time("asked_at", nullable=False),
)
"""Answers worked out before they are asked for: ``question`` is canonical JSON and ``question_key`` its SHA-256, ``answer``
compressed JSON; ``made_from`` names the version of the records and the models, and says by not being equal that it is old."""

# ---- who may ask, and what was asked before -----------------------------------------------------------------------

api_keys = Table(
    "api_keys", metadata,
    Column("key_id", String, primary_key=True), Column("name", String, nullable=False),
    Column("secret_hash", String, nullable=False), Column("scopes", String, nullable=False),
    Column("limit_by", String), Column("limit_to", Text),
    Column("rate_per_minute", Integer), _time("created_at", nullable=False), _time("expires_at"), _time("revoked_at"),
    _time("last_used_at"),
)
idempotency = Table(
    "idempotency", metadata,
    Column("caller", String, primary_key=True), Column("key", String, primary_key=True),
    Column("request_hash", String, nullable=False), Column("status", Integer), Column("answer", Text),
    _time("at", nullable=False),
)
leases = Table(
    "leases", metadata,
    Column("name", String, primary_key=True), Column("holder", String, nullable=False), _time("until", nullable=False),
)
tombstones = Table(
    "tombstones", metadata,
    Column("id_hash", String, primary_key=True), _time("at", nullable=False), Column("models", Text, nullable=False),
)
"""Who was erased, as a keyed hash; a record that comes again under such an id is refused."""

meta = Table("meta", metadata, Column("name", String, primary_key=True), Column("value", String, nullable=False))
