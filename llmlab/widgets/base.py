"""What every widget of the course shares on the Python side.

A widget is a `.py` and plain ES modules beside it. `bundle` joins the modules into the one string
that anywidget sends; there is no build step, so nothing can be out of date. `CourseWidget` adds
what a course needs: a static form that lives without a kernel, and a fallback without scripts.

This module knows no particular widget. A subclass sets `_esm = bundle("name.js")` and
`_css = styles("name.css")`, and says `summary`, `fallback_html`, `static_state` and `state`.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from os import PathLike
from pathlib import Path
from typing import Any

import anywidget

from llmlab import runtime

__all__ = ["CourseWidget", "bundle", "script_json", "styles"]

HERE = Path(__file__).parent

_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (\w+))", re.MULTILINE)
_TOP_LEVEL = re.compile(r"^(?:async function|function|class|const|let) (\w+)", re.MULTILINE)
_DEFAULT = "export default { render };\n"
_STRAY = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*(?://[^\n]*|/\*(?:(?!\*/).)*\*/[ \t]*)\n", re.MULTILINE | re.DOTALL)


def bundle(entry: str, folder: Path = HERE) -> str:
    r"""Join an ES module and all that it imports into one module, comments left out.

    Understood are the forms that our modules use, `import { a, b } from "./c.js";` and `export`
    before a function, class or const; the entry ends with `export default { render };`. Anything
    else, an unknown name, or one top-level name in two modules raises ValueError.

    >>> bundle("tokenizer_explorer.js").endswith("export default { render };\n")
    True
    """
    modules: dict[str, str] = {}
    _gather(entry, folder, modules, ())
    main = modules.pop(entry)
    if not main.endswith(_DEFAULT):
        raise ValueError(f"{entry} must end with {_DEFAULT.strip()!r}.")
    modules[entry] = main.removesuffix(_DEFAULT)
    owner: dict[str, str] = {}
    for name, source in modules.items():
        if stray := _STRAY.search(_EXPORT.sub("", _IMPORT.sub("", source))):
            raise ValueError(f"{name}: bundle() does not understand {stray.group()!r}.")
        for top in _TOP_LEVEL.findall(_EXPORT.sub("", source)):
            if top in owner:
                raise ValueError(f"{top!r} is declared in {owner[top]} and in {name}; rename one.")
            owner[top] = name
    joined = "".join(_EXPORT.sub("", _IMPORT.sub("", source)) for source in modules.values())
    return _COMMENT.sub("", joined) + _DEFAULT


def _gather(name: str, folder: Path, modules: dict[str, str], path: tuple[str, ...]) -> set[str]:
    """Add `name` and its imports to `modules`, imports first; return what `name` exports."""
    if name in path:
        raise ValueError(f"Modules import each other in a ring: {' → '.join((*path, name))}.")
    source = (folder / name).read_text("utf-8")
    for names, imported in _IMPORT.findall(source):
        offered = _gather(imported, folder, modules, (*path, name))
        wanted = {part.strip() for part in names.split(",") if part.strip()}
        if missing := sorted(wanted - offered):
            raise ValueError(f"{name} imports {missing[0]!r}, which {imported} does not export.")
    modules.setdefault(name, source)
    return set(_EXPORT.findall(source))


def styles(name: str, folder: Path = HERE) -> str:
    """Return the shared style sheet followed by a widget's own, comments left out."""
    both = (folder / "base.css").read_text("utf-8") + (folder / name).read_text("utf-8")
    return _COMMENT.sub("", both)


def script_json(value: object) -> str:
    r"""Write JSON that may stand inside a script element: no `<`, so it cannot be closed.

    >>> script_json({"text": "</script>"})
    '{"text":"\\u003c/script>"}'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'">
<title>{title}</title>
<body style="margin:24px">
{body}
</body>
</html>
"""


class CourseWidget(anywidget.AnyWidget):
    """A widget that is also a page: live with a kernel, interactive without one, readable in any
    case. The modules may call nothing but `model.get`, `set`, `save_changes`, `on`, `off`, `send`.
    """

    def summary(self) -> str:
        """Return one line that says what is shown."""
        raise TypeError(f"{type(self).__name__} must define summary().")

    def fallback_html(self) -> str:
        """Return HTML with neither scripts nor style sheets, for where nothing may run."""
        return f"<p>{html.escape(self.summary())}</p>"

    def static_state(self) -> dict[str, Any]:
        """Return the traits, as JSON, that the modules need where there is no kernel."""
        raise TypeError(f"{type(self).__name__} must define static_state().")

    def state(self) -> dict[str, Any]:
        """Return what the reader has done and sees, as plain data: for checks and graders."""
        raise TypeError(f"{type(self).__name__} must define state().")

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {self.summary()} Run this cell to use it."

    def static_html(self) -> str:
        """Return a fragment of HTML that is interactive without a kernel or a network.

        It begins with `fallback_html`, so something can be read where scripts are removed.
        """
        state = script_json(self.static_state())
        key = hashlib.sha256((type(self).__name__ + state).encode()).hexdigest()[:16]
        return (
            f'<div data-llmlab-static="{key}">{self.fallback_html()}'
            f'<script type="application/json">{state}</script></div>\n'
            f"<style>{self._css}</style>\n"
            f'<script type="module">\n{self._esm}mountStatic({{ render }}, "{key}");\n</script>\n'
        )

    def static(self) -> Any:
        """Return an object that shows the static form, for books, slides and exported notebooks."""
        from IPython.display import HTML

        return HTML(self.static_html())

    def save_html(self, path: str | PathLike[str]) -> Path:
        """Write the static form as a page of its own, which loads nothing; return its path."""
        page = _PAGE.format(title=html.escape(self.summary()), body=self.static_html())
        return runtime.atomic_write(Path(path), page)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        shown = super()._repr_mimebundle_(**kwargs)
        if shown is None:
            return None
        data, metadata = shown
        # subtle: live front ends prefer the widget; exporters and untrusted notebooks take this.
        return {**data, "text/html": self.static_html()}, metadata
