"""What each leaf of boosted trees owes to which group of features: worked out once, then looked up for every row.

A row that goes down a tree changes what is expected of it at every split; the change counts for the feature that was
asked (Saabas 2014). TreeSHAP shares the same total out more evenly, at fifty times the cost of the prediction; for sums over
groups, which only rank rows, the path is near enough: see docs/decisions/2026-11-27-sub-scores-without-treeshap.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from leadcast.sums import FEW_ROWS


@dataclass(frozen=True)
class LeafSums:
    """The leaves of all trees in one table.

    Attributes
    ----------
    sums : log-odds by group, shape (leaves of all trees, groups)
    first : where each tree's leaves begin, shape (trees,)
    base : what is expected before any split, of all trees together
    """

    sums: np.ndarray
    first: np.ndarray
    base: float

    def of(self, leaves: np.ndarray) -> np.ndarray:
        """Sums by group, shape (groups, n), tree after tree, so that the batch size cannot change the rounding.

        Parameters
        ----------
        leaves : where each row ends in each tree, shape (n, trees)
        """
        rows, groups = len(leaves), self.sums.shape[1]
        places = (leaves + self.first).T
        if rows <= FEW_ROWS:
            steps = self.sums.take(places.ravel(), axis=0).reshape(len(places), -1)
            return np.asarray(np.add.accumulate(steps, axis=0)[-1].reshape(rows, groups).T + 0.0)
        total = np.zeros((rows, groups))
        for place in places:
            total += self.sums.take(place, axis=0)
        return total.T


def leaf_sums(trees: Iterable[dict[str, Any]], group: np.ndarray, groups: int) -> LeafSums:
    """Every leaf's change of what is expected, by group; base and sums of a row add up to its leaves' values.

    Parameters
    ----------
    trees : as LightGBM's own dump has them ("tree_info")
    group : of each feature, 0 to ``groups - 1``, shape (p,)
    """
    found: list[np.ndarray] = []
    first, base = [], 0.0
    for tree in trees:
        _, expected, leaves = _below(tree["tree_structure"], group.tolist(), groups)
        first.append(len(found))
        found += [leaves[leaf] for leaf in range(len(leaves))]
        base += expected
    return LeafSums(np.array(found).reshape(-1, groups), np.array(first, np.int64), base)


def _below(node: dict[str, Any], group: list[int], groups: int) -> tuple[int, float, dict[int, np.ndarray]]:
    """Below a node: training rows, what is expected (the mean of its leaves over them), and each leaf's sums from there on."""
    if "split_feature" not in node:
        return node.get("leaf_count", 0), node["leaf_value"], {node.get("leaf_index", 0): np.zeros(groups)}
    sides = [_below(node[side], group, groups) for side in ("left_child", "right_child")]
    rows = sum(side[0] for side in sides)
    expected = sum(count * mean for count, mean, _ in sides) / max(rows, 1)
    for _, mean, leaves in sides:
        for sums in leaves.values():
            sums[group[node["split_feature"]]] += mean - expected
    return rows, expected, sides[0][2] | sides[1][2]
