"""The same company as well-known CRMs export it, with their own names, habits and traps."""

from leadcast.simulate.dialects.dynamics import dynamics_lookups, dynamics_tables
from leadcast.simulate.dialects.hubspot import hubspot_lookups, hubspot_tables
from leadcast.simulate.dialects.odoo import odoo_lookups, odoo_tables
from leadcast.simulate.dialects.salesforce import salesforce_tables
from leadcast.simulate.dialects.salesforce_company import salesforce_lookups

__all__ = ["dynamics_lookups", "dynamics_tables", "hubspot_lookups", "hubspot_tables", "odoo_lookups", "odoo_tables",
           "salesforce_lookups", "salesforce_tables"]
