"""From histories to rows: one row per lead or deal and moment, from nothing but what was known then."""

from features.context import Context, build_context
from features.table import FeatureTable, contract_of, feature_table

__all__ = ["Context", "FeatureTable", "build_context", "contract_of", "feature_table"]
