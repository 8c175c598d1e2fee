"""The console's modules as one script: a browser asks once for it, and not once for each module, import by import."""

import re
from collections.abc import Mapping
from graphlib import TopologicalSorter
from posixpath import dirname, join, normpath

# How the modules speak of each other. Another way of writing it would reach the browser as it is, and break there.
_NAMED = re.compile(r'^import \{ (.+) \} from "(\..+)";$', re.MULTILINE)
_WHOLE = re.compile(r'^import \* as (\w+) from "(\..+)";$', re.MULTILINE)
_LATER = re.compile(r'\bimport\("(\..+?)"\)')
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)


def script(modules: Mapping[str, str]) -> str:
    """The modules (path: text), each in a scope of its own and after those that it imports.

    Raises:
        graphlib.CycleError: modules import each other in a circle.
    """
    imported = {path: [_path(path, name) for name in _imports(text)] for path, text in modules.items()}
    ordered = TopologicalSorter(imported).static_order()
    return "\n".join(["const modules = {};", *(_scope(path, modules[path]) for path in ordered)])


def _imports(text: str) -> list[str]:
    return [*(name for _, name in _NAMED.findall(text) + _WHOLE.findall(text)), *_LATER.findall(text)]


def _scope(path: str, text: str) -> str:
    def module(name: str) -> str:
        return f'modules["{_path(path, name)}"]'

    exported = ", ".join(_EXPORT.findall(text))
    text = _NAMED.sub(lambda found: f"const {{ {found[1]} }} = {module(found[2])};", text)
    text = _WHOLE.sub(lambda found: f"const {found[1]} = {module(found[2])};", text)
    text = _LATER.sub(lambda found: f"Promise.resolve({module(found[1])})", text)
    text = _EXPORT.sub("", text)
    return f'modules["{path}"] = (() => {{\n{text}\nreturn {{ {exported} }};\n}})();'


def _path(importer: str, name: str) -> str:
    return normpath(join(dirname(importer), name))
