"""A small company's CRM with known truth: the demo's default, the oracle of the tests, the load of the benchmarks."""

from leadcast.simulate.canonical import true_history
from leadcast.simulate.write import simulate

__all__ = ["simulate", "true_history"]
