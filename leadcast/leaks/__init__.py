"""The leakage gate: columns that give the answer away are found, named with their evidence, and refused."""

from leadcast.leaks.gate import find_leaks, refuse_leaks
from leadcast.leaks.leak import Leak
from leadcast.leaks.show import leak_lines, leak_lines_of_models, leaks_json, suspects_json

__all__ = ["Leak", "find_leaks", "leak_lines", "leak_lines_of_models", "leaks_json", "refuse_leaks", "suspects_json"]
