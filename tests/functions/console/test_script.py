"""How modules become one script."""

from graphlib import CycleError
from textwrap import dedent

import pytest

from functions.console.script import script


def test_modules_come_after_those_that_they_import_each_in_a_scope_of_its_own() -> None:
    modules = {
        "app.js": 'import { name } from "./lib/names.js";\nimport * as one from "./one.js";\nstart(name, one);\n',
        "lib/names.js": 'import { upper } from "../upper.js";\nexport const name = upper("a");\n',
        "one.js": "export class One {}\nexport function two() {}\nconst kept = 1;\n",
        "upper.js": "export async function upper(text) {}\n",
    }

    assert script(modules) == dedent("""\
        const modules = {};
        modules["one.js"] = (() => {
        class One {}
        function two() {}
        const kept = 1;

        return { One, two };
        })();
        modules["upper.js"] = (() => {
        async function upper(text) {}

        return { upper };
        })();
        modules["lib/names.js"] = (() => {
        const { upper } = modules["upper.js"];
        const name = upper("a");

        return { name };
        })();
        modules["app.js"] = (() => {
        const { name } = modules["lib/names.js"];
        const one = modules["one.js"];
        start(name, one);

        return {  };
        })();""")


def test_a_module_that_is_imported_when_it_is_needed_is_there_before() -> None:
    modules = {"app.js": 'const load = () => import("./screens/one.js");\n', "screens/one.js": ""}

    made = script(modules)

    assert 'const load = () => Promise.resolve(modules["screens/one.js"]);' in made
    assert made.index('modules["screens/one.js"] = ') < made.index("const load")


def test_a_circle_of_modules_is_refused() -> None:
    with pytest.raises(CycleError):
        script({"a.js": 'import { b } from "./b.js";', "b.js": 'import { a } from "./a.js";'})
