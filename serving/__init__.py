"""Bundles to scores, forecasts and answers over HTTP."""
