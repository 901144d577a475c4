"""Rows to bundle: observations, labels, folds, members, blend, evaluation, registry."""
