# Lives here: the minima of the build requirements. Independent of: how a wheel is built.
"""Print the exact minimum of each build requirement, as constraints: ``uv build --build-constraints``."""
import tomllib
from pathlib import Path


def minima(requirements: list[str]) -> list[str]:
    """"name==1.0" for every "name>=1.0"; requirements without a minimum are left out."""
    return [requirement.replace(">=", "==") for requirement in requirements if ">=" in requirement]


if __name__ == "__main__":
    with open(Path(__file__).resolve().parents[2] / "pyproject.toml", "rb") as file:
        print(*minima(tomllib.load(file)["build-system"]["requires"]), sep="\n")
