"""The canonical tables: what every history holds, whatever the user's own tables look like."""

from dataclasses import dataclass

import numpy as np

from leadcast.errors import SchemaError
from leadcast.table import TIME, Table


@dataclass(frozen=True)
class TableSchema:
    """The columns of one canonical table by kind; attributes of leads and deals come on top."""

    name: str
    texts: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    required: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return self.texts + self.times + self.numbers

    def empty(self) -> Table:
        return Table.empty(self.times, self.numbers, self.texts)

    def check(self, table: Table) -> Table:
        """The table itself, every absent optional column added as missing.

        Raises
        ------
        SchemaError : a required column is absent, a column has the wrong kind, or a required value is missing
        """
        absent = [name for name in self.required if name not in table]
        if absent:
            raise SchemaError(
                f"{self.name} is missing columns {', '.join(absent)}; it has {', '.join(table.names) or 'none'}. "
                f"Map them in leadcast.toml under [{self.name}.columns]."
            )
        for kind, names, dtype in (("times", self.times, TIME), ("numbers", self.numbers, np.dtype(float))):
            wrong = [name for name in names if name in table and table[name].dtype != dtype]
            if wrong:
                raise SchemaError(f"{self.name}: columns {', '.join(wrong)} must hold {kind}, found {table[wrong[0]].dtype}.")
        more = {name: table[name] for name in table.names if name not in self.columns}
        return Table({**{name: self._column(table, name) for name in self.columns}, **more})

    def _column(self, table: Table, name: str) -> np.ndarray:
        if name in table:
            return table[name]
        if name in self.times:
            return np.full(table.rows, np.datetime64("NaT"), TIME)
        return np.full(table.rows, np.nan) if name in self.numbers else np.full(table.rows, None, object)


LEADS = TableSchema(
    "leads", texts=("lead_id", "contact_id", "account_id", "owner", "source", "pipeline"),
    times=("created_at",), numbers=("order",), required=("lead_id",),
)
OPPORTUNITIES = TableSchema(
    "opportunities",
    texts=("opportunity_id", "lead_id", "contact_id", "account_id", "currency", "owner", "category", "pipeline"),
    times=("created_at", "expected_close"), numbers=("amount", "margin", "order"), required=("opportunity_id",),
)
EVENTS = TableSchema(
    "events", texts=("lead_id", "opportunity_id", "contact_id", "account_id", "type", "event_id", "direction", "actor"),
    times=("occurred_at", "recorded_at"), numbers=("sequence", "value"), required=("type", "occurred_at"),
)
STAGES = TableSchema(
    "stages", texts=("entity", "entity_id", "stage", "reason"), times=("entered_at", "recorded_at"),
    required=("entity", "entity_id", "stage"),
)
FIELDS = TableSchema(
    "field_history", texts=("entity", "entity_id", "field", "value", "old_value"), times=("changed_at", "recorded_at"),
    required=("entity", "entity_id", "field", "value", "changed_at"),
)
OWNERS = TableSchema("owners", texts=("owner", "name", "manager", "region"), times=("valid_from",), required=("owner",))
QUOTAS = TableSchema(
    "quotas", texts=("owner", "region", "period", "currency"), numbers=("amount",), required=("period", "amount"),
)
COSTS = TableSchema(
    "costs", texts=("source", "campaign", "period", "currency"), numbers=("amount",), required=("period", "amount"),
)
