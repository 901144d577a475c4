"""The funnel: who reached which stage, what holds them up, where they come from, and how soon we answered.

Every view counts the same paths (:mod:`leadcast.funnel.paths`), as known at one moment.
"""

from leadcast.funnel.alarms import Thresholds
from leadcast.funnel.bottlenecks import Bottlenecks, bottlenecks_of
from leadcast.funnel.cohorts import Cohorts, cohorts_of
from leadcast.funnel.paths import FunnelError
from leadcast.funnel.response import Responses, responses_of
from leadcast.funnel.sources import Calendar, Sources, sources_of
from leadcast.funnel.stages import Funnels, funnels_of
from leadcast.funnel.wanted import Path, Wanted, widest_path

__all__ = [
    "Bottlenecks", "Calendar", "Cohorts", "FunnelError", "Funnels", "Path", "Responses", "Sources", "Thresholds", "Wanted",
    "bottlenecks_of", "cohorts_of", "funnels_of", "responses_of", "sources_of", "widest_path",
]
