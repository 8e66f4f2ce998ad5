"""Automatic mutants: what they are made of, and that their ids stay."""

from __future__ import annotations

import ast
import json

import pytest

from llmlab.checks.mutate import Solutions, mutants

SOURCE = '''
def best(words, limit=3):
    """The longest word: text that is never changed."""
    found = None
    for word in words[1:]:
        if len(word) < limit and not word.isupper():
            continue
        if found is None or len(word) >= len(found):
            found = word
    if found is None:
        raise ValueError(f"no word among {words}: longer ones are needed")
    return found
'''

CASES = [
    ("a < b", {"a <= b", "a > b"}),
    ("a >= b", {"a > b", "a <= b"}),
    ("a == b", {"a != b"}),
    ("a in b", {"a not in b"}),
    ("a is None", {"a is not None"}),
    ("a - b", {"a + b", "b - a", "a", "b"}),
    ("a + b", {"a - b", "b + a", "a", "b"}),
    ("a + 1", {"a - 1", "a + 2", "a + 0", "a", "1"}),
    ("a and b", {"a or b", "a", "b"}),
    ("not a", {"a"}),
    ("-a", {"a"}),
    ("0", {"1", "-1"}),
    ("1.5", {"-1.5", "0.75"}),
    ("True", {"False"}),
    ("'ab'", {"''", "'b'"}),
    ("b''", {"b'x'"}),
    ("min(a)", {"max(a)", "a"}),
    ("any(a)", {"all(a)", "a"}),
    ("sorted(a)", {"sorted(a, reverse=True)", "a"}),
    ("max(a, key=f)", {"min(a, key=f)", "max(a)", "a"}),
    ("d.get(k, v)", {"d.get(v, k)", "d.get(k)", "d"}),
    ("x.sum(dim=1)", {"x.sum()", "x", "x.sum(dim=2)", "x.sum(dim=0)"}),
    ("x.sum(dim=-1)", {"x.sum()", "x", "x.sum(dim=1)", "x.sum(dim=-2)", "x.sum(dim=-0)"}),
    ("range(n)", {"range(n + 1)", "range(n - 1)"}),
    ("x[i]", {"x[i + 1]", "x[i - 1]"}),
    ("x[a:]", {"x[a:-1]", "x[:]", "x[a + 1:]", "x[a - 1:]"}),
    ("[x for x in y if x]", {"[x for x in y]"}),
    ("a if b else c", {"a", "c"}),
    ("(a, b)", {"(b, a)"}),
]


@pytest.mark.parametrize(("expression", "expected"), CASES)
def test_operators(expression, expected):
    made = {mutant.source.removeprefix("value = ") for mutant in mutants(f"value = {expression}")}
    assert made - {"pass"} == expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("break", {"continue", "pass"}),
        ("n += m", {"n = m", "n -= m", "pass"}),
        ("return n", {"return", "pass"}),
        ("raise KeyError(n)", {"raise OSError(n)", "raise n", "pass"}),
        ("f(n)", {"n", "pass"}),
    ],
)
def test_statements(statement, expected):
    frame = "def f(n, m):\n    while n:\n        {}"
    made = {mutant.source for mutant in mutants(frame.format(statement))}
    assert {frame.format(other) for other in expected} <= made


def test_every_mutant_compiles_and_differs():
    made = mutants(SOURCE)
    sources = {mutant.source for mutant in made}
    assert len(sources) == len(made) > 30
    assert ast.unparse(ast.parse(SOURCE)) not in sources
    for mutant in made:
        compile(mutant.source, "mutant", "exec")


def test_docstrings_messages_and_annotations_are_left_alone():
    made = mutants("def f(n: int = 1) -> 'text':\n    'Doc.'\n    raise ValueError('because')")
    assert not [mutant for mutant in made if "Doc" in mutant.description]
    assert all("n: int" in mutant.source and "-> 'text'" in mutant.source for mutant in made)


def test_a_value_that_a_message_must_name_is_dropped():
    assert any("value-unnamed" in mutant.id for mutant in mutants(SOURCE))


def test_ids_are_unique():
    ids = [mutant.id for mutant in mutants(SOURCE)]
    assert len(set(ids)) == len(ids)


def test_ids_stay_under_reformatting():
    spread = SOURCE.replace(
        "len(word) < limit and", "(\n            len(word)  <  limit\n        ) and"
    )
    assert [m.id for m in mutants(spread)] == [m.id for m in mutants(SOURCE)]


def test_ids_stay_when_another_line_changes():
    changed = {m.id for m in mutants(SOURCE.replace("words[1:]", "words[2:]"))}
    kept = [m.id for m in mutants(SOURCE) if "word.isupper" in m.description]
    assert kept and set(kept) <= changed


def test_a_mutant_shows_its_diff():
    mutant = next(
        m for m in mutants(SOURCE) if m.description.endswith("→ `len(word) > len(found)`")
    )
    assert "-        if found is None or len(word) >= len(found):" not in mutant.description
    assert "+    if found is None or len(word) > len(found):" in mutant.diff.replace(
        "    +", "+"
    ).replace("+        ", "+    ")


def cell(source, grade_id=None, tags=()):
    mark = {"grade_id": grade_id, "solution": True} if grade_id else {}
    metadata = {"nbgrader": mark, "tags": list(tags)} if grade_id or tags else {}
    return {"cell_type": "code", "source": source.splitlines(keepends=True), "metadata": metadata}


@pytest.fixture
def notebook(tmp_path):
    cells = [
        cell("%matplotlib inline\nimport re"),
        cell("import math\nSIZE = 3\nlab = 1 / 0\nprint('never')"),
        cell("def double(n):\n    return SIZE * n\nprint(double(1))", "double"),
        cell("table = {n: math.sqrt(n) for n in range(SIZE)}\nprint(table)", tags=["definitions"]),
        cell("raise SystemExit"),
    ]
    path = tmp_path / "solution.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return Solutions.load(path)


def test_the_solution_is_found_by_its_grade_id(notebook):
    assert notebook.source("double").startswith("def double")
    with pytest.raises(KeyError, match="no solution cell has the grade_id 'triple'"):
        notebook.source("triple")


def test_the_namespace_has_definitions_and_runs_nothing_else(notebook, capsys):
    names = notebook.namespace
    assert names["double"](2) == 6 and names["table"][1] == 1.0
    assert "lab" not in names and capsys.readouterr().out == ""
