"""All is declared in pyproject.toml but one step: the page's chart library is packed into the install."""

import runpy
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithPage(build_py):
    """Puts the chart library among the page's files before they are taken along."""

    def run(self) -> None:
        pack = runpy.run_path(str(Path(__file__).parent / "serving" / "page" / "pack.py"))["pack"]
        pack()
        super().run()


setup(cmdclass={"build_py": WithPage})
