"""The commands of ``leadcast``: with :mod:`leadcast.cli` the front door, which may open every room, inside its commands only."""
