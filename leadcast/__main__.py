"""``python -m leadcast`` is the command ``leadcast``."""

from leadcast.cli import main

main()
