"""Write the OpenAPI and AsyncAPI documents from the code, or check that they say what the code does.

python -m docs.generate [--check]
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from docs.event_api import asyncapi
from docs.http_api import openapi

DOCUMENTS: Mapping[str, Callable[[], dict[str, Any]]] = {"openapi.json": openapi, "asyncapi.json": asyncapi}


def main(arguments: Sequence[str], folder: Path = Path(__file__).parent) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if a document is out of date")
    check: bool = parser.parse_args(arguments).check
    stale = [name for name, document in DOCUMENTS.items() if _text(document()) != _written(folder / name)]
    if not check:
        for name in stale:
            (folder / name).write_text(_text(DOCUMENTS[name]()))
    for name in stale:
        print(f"docs/{name}: {'out of date, run make docs' if check else 'written'}")
    return 1 if check and stale else 0


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _written(path: Path) -> str:
    return path.read_text() if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
