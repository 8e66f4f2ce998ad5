"""The joining of modules, the static form, and the JavaScript tests (run by node)."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import traitlets

from llmlab.widgets.base import CourseWidget, bundle, script_json, styles

ROOT = Path(__file__).parents[1]
WIDGETS = ROOT / "llmlab" / "widgets"


def modules(folder: Path, **sources: str) -> Path:
    for name, source in sources.items():
        (folder / f"{name}.js").write_text(source, "utf-8")
    return folder


DEFAULT = "export default { render };\n"


def test_bundle_puts_imports_first_and_strips_the_seams(tmp_path):
    modules(
        tmp_path,
        tool="export const one = 1;\nexport function two() {\n  return one;\n}\n",
        main='import { one, two } from "./tool.js";\nexport function render() {}\n' + DEFAULT,
    )
    joined = bundle("main.js", tmp_path)
    assert joined == (
        "const one = 1;\nfunction two() {\n  return one;\n}\nfunction render() {}\n" + DEFAULT
    )


def test_bundle_takes_a_module_once_however_often_it_is_imported(tmp_path):
    modules(
        tmp_path,
        tool="export const one = 1;\n",
        left='import { one } from "./tool.js";\nexport const left = one;\n',
        main='import { one } from "./tool.js";\nimport { left } from "./left.js";\n'
        "const render = [one, left];\n" + DEFAULT,
    )
    assert bundle("main.js", tmp_path).count("const one") == 1


def test_bundle_leaves_out_comments_but_not_what_looks_like_one(tmp_path):
    source = (
        '// gone\n/** gone\n * too */\nconst render = "// stays";\n'
        "  /** @type {any} */ (render); // stays as well\n"
    )
    modules(tmp_path, main=source + DEFAULT)
    assert bundle("main.js", tmp_path) == (
        'const render = "// stays";\n  /** @type {any} */ (render); // stays as well\n' + DEFAULT
    )


@pytest.mark.parametrize(
    ("main", "message"),
    [
        ('import { no } from "./tool.js";\n', "imports 'no', which tool.js does not export"),
        ('import tool from "./tool.js";\n', "does not understand"),
        ('import { a as b } from "./tool.js";\n', "imports 'a as b'"),
        ("export let x = 1;\n", "does not understand 'export let x = 1;'"),
        ('import { a } from "./tool.js";\nconst a = 1;\n', "'a' is declared in tool.js and in"),
        ('import { loop } from "./ring.js";\nexport const x = 1;\n', "in a ring: main.js → ring"),
    ],
)
def test_bundle_refuses_what_it_cannot_join(tmp_path, main, message):
    modules(
        tmp_path,
        tool="export const a = 1;\n",
        ring='import { x } from "./main.js";\nexport const loop = 1;\n',
        main=main + "function render() {}\n" + DEFAULT,
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        bundle("main.js", tmp_path)


def test_bundle_wants_a_render(tmp_path):
    modules(tmp_path, main="function render() {}\n")
    with pytest.raises(ValueError, match="must end with"):
        bundle("main.js", tmp_path)


def test_styles_hang_on_the_widget_and_load_nothing():
    for sheet in WIDGETS.glob("*.css"):
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.DOTALL)
        selectors = re.findall(r"([^{};]+)\{", text)
        known = (".llmlab", "@media", "@container")
        strange = [s.strip() for s in selectors if not s.strip().startswith(known)]
        assert strange == []
        assert "url(" not in text and "@import" not in text


def test_modules_use_no_network_no_html_strings_and_no_global_names():
    forbidden = r"https?://(?!www\.w3\.org/2000/svg)|innerHTML|outerHTML|insertAdjacentHTML|getElementById|document\.write|\beval\("
    for module in WIDGETS.glob("*.js"):
        assert re.findall(forbidden, module.read_text("utf-8")) == [], module.name


def test_script_json_cannot_close_its_script():
    text = "</script><!-- <script>\u2028"
    written = script_json({"text": text})
    assert "<" not in written and "\u2028" not in written
    assert json.loads(written) == {"text": text}


class Greeting(CourseWidget):
    """The smallest widget there can be."""

    _esm = "function render() {}\nfunction mountStatic() {}\n" + DEFAULT
    _css = styles("tokenizer_explorer.css")
    name = traitlets.Unicode("you").tag(sync=True)

    def summary(self):
        return f"Hello, {self.name}."

    def static_state(self):
        return {"name": self.name}


def test_the_static_form_begins_with_what_needs_no_script():
    page = Greeting(name="<b>").static_html()
    assert re.match(r'<div data-llmlab-static="\w{16}"><p>Hello, &lt;b&gt;\.</p>', page)


def test_the_key_of_a_static_form_depends_on_its_content_alone():
    assert Greeting().static_html() == Greeting().static_html() != Greeting(name="a").static_html()


def test_the_mime_bundle_holds_a_sentence_a_page_and_the_live_widget():
    data, _ = Greeting()._repr_mimebundle_()
    assert data["text/plain"] == "Greeting: Hello, you. Run this cell to use it."
    assert data["text/html"] == Greeting().static_html()
    assert "application/vnd.jupyter.widget-view+json" in data


def test_static_shows_the_same_page():
    assert Greeting().static()._repr_html_() == Greeting().static_html()


def test_a_saved_page_may_load_nothing(tmp_path):
    page = Greeting().save_html(tmp_path / "hello.html").read_text("utf-8")
    assert "default-src 'none'" in page
    assert "<title>Hello, you.</title>" in page


@pytest.mark.parametrize("missing", ["summary", "static_state", "state"])
def test_a_widget_must_say_what_it_shows(missing):
    with pytest.raises(TypeError, match=rf"CourseWidget must define {missing}\(\)"):
        getattr(CourseWidget(), missing)()


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "js").glob("*.test.mjs")), ids=str)
def test_javascript(path):
    ran = subprocess.run(["node", "--test", str(path)], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
