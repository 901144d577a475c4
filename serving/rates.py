"""How often somebody may ask: a bucket of tokens each, in memory that does not grow with who asks."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

MOST_BUCKETS = 10_000


@dataclass
class Buckets:
    """A bucket holds a minute's worth of requests and fills up evenly. Where there are too many, the longest unused goes.

    Attributes
    ----------
    ticks : seconds that only go forward
    """

    most: int = MOST_BUCKETS
    ticks: Callable[[], float] = time.monotonic
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, whose: str, per_minute: float) -> float:
        """Take a token; 0, or for how many seconds there is none.

        Parameters
        ----------
        per_minute : 0: no limit
        """
        if per_minute <= 0:
            return 0.0
        tokens, now = self._tokens(whose, per_minute)
        if tokens < 1:
            return (1 - tokens) * 60 / per_minute
        self._left[whose] = tokens - 1, now
        self._left.move_to_end(whose)
        while len(self._left) > self.most:
            self._left.popitem(last=False)
        return 0.0

    def wait(self, whose: str, per_minute: float) -> float:
        """For how many seconds there is no token, without taking one."""
        tokens, _ = self._tokens(whose, per_minute) if per_minute > 0 else (1.0, 0.0)
        return 0.0 if tokens >= 1 else (1 - tokens) * 60 / per_minute

    def _tokens(self, whose: str, per_minute: float) -> tuple[float, float]:
        now, full = self.ticks(), max(1.0, per_minute)
        tokens, at = self._left.get(whose, (full, now))
        return min(full, tokens + (now - at) * per_minute / 60), now

    def __len__(self) -> int:
        return len(self._left)
