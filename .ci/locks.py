"""Write the requirements locked by hash, or say which of them no longer match pyproject.toml.

locks.py write     resolve again and rewrite (needs the package registry)
locks.py check     compare what is asked for with what is locked (offline, in a moment)
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LAYER = "layers/shared/requirements.txt"


@dataclass(frozen=True)
class Lock:
    """A requirements file and what it is made from: the project's dependencies, one group, or both."""

    path: str
    group: str | None = None
    project: bool = False

    def sources(self) -> list[str]:
        """Where uv is to read the inputs."""
        project = ["pyproject.toml"] if self.project else []
        group = ["--group", f"pyproject.toml:{self.group}"] if self.group else []
        return [*project, *group]

    def asked(self, pyproject: dict[str, Any]) -> Iterator[Requirement]:
        """The requirements a person wrote down."""
        lines = [
            *(pyproject["project"]["dependencies"] if self.project else []),
            *(pyproject["dependency-groups"][self.group] if self.group else []),
        ]
        return (Requirement(line) for line in lines)


LOCKS = [
    Lock(LAYER, project=True),
    Lock(".ci/requirements/dev.txt", group="dev", project=True),
    Lock(".ci/requirements/sam.txt", group="sam"),
    Lock(".ci/requirements/emulator.txt", group="emulator"),
    Lock(".ci/requirements/installer.txt", group="installer"),
]


def write() -> int:
    """Resolve every lock; tests run with the very versions that the layer ships."""
    uv = shutil.which("uv", path=os.pathsep.join([str(ROOT / ".tools/installer/bin"), os.environ.get("PATH", "")]))
    if uv is None:
        print("uv is missing: run `make install` first", file=sys.stderr)
        return 1
    for lock in LOCKS:
        constraint = ["--constraint", LAYER] if lock.project and lock.path != LAYER else []
        subprocess.run(
            [uv, "pip", "compile", "--quiet", "--universal", "--python-version", "3.13", "--generate-hashes",
             "--no-emit-index-url", "--no-emit-find-links", "--no-header", "--upgrade", "--output-file", lock.path,
             *constraint, *lock.sources()],
            cwd=ROOT, check=True,
        )  # fmt: skip
        print(f"locked {lock.path}")
    return 0


PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)")


def pins(text: str) -> tuple[dict[str, str], set[str]]:
    """Name → locked version, and the names that were locked because pyproject.toml asks for them."""
    versions: dict[str, str] = {}
    direct: set[str] = set()
    name = ""
    for line in text.splitlines():
        if match := PIN.match(line):
            name = canonicalize_name(match["name"])
            versions[name] = match["version"]
        elif line.lstrip().startswith("#") and "pyproject.toml" in line:
            direct.add(name)
    return versions, direct


def drift(lock: Lock, text: str, pyproject: dict[str, Any], shipped: dict[str, str]) -> Iterator[str]:
    """Each difference between what is asked for and what is locked, as a sentence."""
    versions, direct = pins(text)
    asked = {canonicalize_name(requirement.name): requirement for requirement in lock.asked(pyproject)}
    for name, requirement in asked.items():
        if name not in versions:
            yield f"{lock.path}: {requirement} is not locked"
        elif versions[name] not in requirement.specifier:
            yield f"{lock.path}: {requirement} is locked at {versions[name]}"
    yield from (f"{lock.path}: {name} is no longer asked for" for name in sorted(direct - asked.keys()))
    if lock.project:
        yield from (
            f"{lock.path}: {name} {versions.get(name, 'missing')}, but the layer ships {version}"
            for name, version in shipped.items()
            if versions.get(name) != version
        )


def check() -> int:
    """Print every drift; the exit code tells whether there was one."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    shipped, _ = pins((ROOT / LAYER).read_text())
    found = [sentence for lock in LOCKS for sentence in drift(lock, (ROOT / lock.path).read_text(), pyproject, shipped)]
    if found:
        print(*found, "Run `make lock` and commit what it writes.", sep="\n", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit({"write": write, "check": check}[sys.argv[1]]())
