"""Leadcast: lead scoring, win probability and weighted sales forecasting in numbers that can be checked."""

__version__ = "0.1.0"
