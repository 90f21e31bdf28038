"""Every code stands in docs/errors.md and every policy in docs/policies.md, and no other does.

Codes are found in the source: the classes of refusals by importing them, the codes of problems by
following the argument `code` from `Problem(...)` to whoever passes it on.
"""

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from architecture.source import ROOT, module_name, modules, text_of
from ledger.errors import BadInput, Refusal
from ledger.policies import canonical
from ledger.rules import RULES

RECEIVERS = {"add": "faults"}
"""Methods whose name is common: whose they are when they take a code."""

DATABASE_CODE = re.compile(r"RAISE EXCEPTION '([a-z_]+):")


@dataclass(frozen=True)
class Carrier:
    """A function that takes a problem's code: at which place, and what stands when it is left."""

    position: int | None
    default: str | None = None


def imports_of(tree: ast.Module) -> dict[str, str]:
    """Return the names that a module imported from modules, with where they come from."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def called(path: str, call: ast.Call) -> str | None:
    """Return the full name of the function that is called; methods stand under a star."""
    imported = imports(path)
    match call.func:
        case ast.Name(id=name):
            return imported.get(name, f"{module_name(path)}.{name}")
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in imported:
            return f"{imported[owner]}.{name}"
        case ast.Attribute(value=owner, attr=name):
            receiver = ast.unparse(owner).rpartition(".")[2]
            return None if RECEIVERS.get(name, receiver) != receiver else f"*.{name}"
    return None


@cache
def imports(path: str) -> dict[str, str]:
    return imports_of(modules()[path])


def functions(path: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield a module's functions and methods with their full names."""
    for node in modules()[path].body:
        if isinstance(node, ast.FunctionDef):
            yield f"{module_name(path)}.{node.name}", node
        elif isinstance(node, ast.ClassDef):
            yield from (
                (f"*.{it.name}", it) for it in node.body if isinstance(it, ast.FunctionDef)
            )


def given(call: ast.Call, carrier: Carrier) -> ast.expr | None:
    """Return what a call gives for the code, if it gives anything."""
    for keyword in call.keywords:
        if keyword.arg == "code":
            return keyword.value
    if carrier.position is not None and len(call.args) > carrier.position:
        return call.args[carrier.position]
    return None


def carrier_made_of(function: ast.FunctionDef) -> Carrier:
    names = [argument.arg for argument in function.args.args]
    if "code" not in names:
        return Carrier(position=None)
    place = names.index("code")
    defaults = dict(zip(reversed(names), reversed(function.args.defaults), strict=False))
    default = defaults.get("code")
    return Carrier(
        position=place - (names[0] == "self"),
        default=default.value
        if isinstance(default, ast.Constant) and isinstance(default.value, str)
        else None,
    )


@cache
def carriers() -> dict[str, Carrier]:
    """Return every function that takes a problem's code, from `Problem` outwards."""
    found = {"ledger.errors.Problem": Carrier(position=0)}
    for path, tree in modules().items():
        for node in ast.walk(tree):
            match node:
                case ast.Assign(
                    targets=[ast.Name(id=name)],
                    value=ast.Call(args=[ast.Name(id="Problem"), *_]) as call,
                ) if ast.unparse(call.func).endswith("partial"):
                    found[f"{module_name(path)}.{name}"] = Carrier(position=None)
    before = 0
    while before != len(found):
        before = len(found)
        for path in modules():
            for name, function in functions(path):
                if name not in found and passes_on(path, function, found):
                    found[name] = carrier_made_of(function)
    return found


def passes_on(path: str, function: ast.FunctionDef, found: dict[str, Carrier]) -> bool:
    """Return whether a function takes a code and gives it to one that is known to take it."""
    arguments = [*function.args.args, *function.args.kwonlyargs]
    if "code" not in {argument.arg for argument in arguments}:
        return False
    return any(
        isinstance(value, ast.Name) and value.id == "code"
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and (carrier := found.get(called(path, node) or ""))
        for value in [given(node, carrier)]
    )


def literals(path: str, scope: ast.AST, value: ast.expr) -> set[str]:
    """Return the texts that an expression may be; those passed on from elsewhere are no new ones.

    Raises:
        AssertionError: it cannot be told; a code has to be findable by whoever reads.
    """
    match value:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.IfExp(body=body, orelse=orelse):
            return literals(path, scope, body) | literals(path, scope, orelse)
        case ast.Attribute(attr="code"):
            return set()
        case ast.Call(func=ast.Name(id=name)):
            function = dict(functions(path))[f"{module_name(path)}.{name}"]
            returned = [it.value for it in ast.walk(function) if isinstance(it, ast.Return)]
            return set().union(*(literals(path, function, it) for it in returned if it))
        case ast.Name(id=name):
            return named_literals(path, scope, name)
    raise AssertionError(f"{path}:{value.lineno}: spell the code out: {ast.unparse(value)}")


def named_literals(path: str, scope: ast.AST, name: str) -> set[str]:
    """Return the texts that a name stands for in a function: argument, assignment or loop."""
    found: set[str] = set()
    known = False
    for node in ast.walk(scope):
        match node:
            case ast.arg(arg=argument) if argument == name:
                known = True
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                known, found = True, found | literals(path, scope, value)
            case ast.For(target=ast.Tuple(elts=targets), iter=iterated):
                places = [
                    place
                    for place, it in enumerate(targets)
                    if isinstance(it, ast.Name) and it.id == name
                ]
                for place in places:
                    known = True
                    for row in rows_of(path, iterated):
                        found |= literals(path, scope, row.elts[place])
    assert known, f"{path}: spell the code out: {name}"
    return found


def rows_of(path: str, iterated: ast.expr) -> list[ast.Tuple]:
    """Return the rows of a table that a loop runs over: written there, or a constant."""
    if isinstance(iterated, ast.Name):
        constants = {
            target.id: node.value
            for node in modules()[path].body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        iterated = constants[iterated.id]
    assert isinstance(iterated, ast.Tuple), f"{path}:{iterated.lineno}: write the rows out"
    return [row for row in iterated.elts if isinstance(row, ast.Tuple)]


def problem_codes() -> set[str]:
    found: set[str] = set()
    for path, tree in modules().items():
        bodies = [function for _, function in functions(path)]
        inside = {id(node) for body in bodies for node in ast.walk(body)}
        rest = [node for node in ast.walk(tree) if id(node) not in inside]
        for scope, nodes in [*((body, ast.walk(body)) for body in bodies), (tree, rest)]:
            for node in nodes:
                if not isinstance(node, ast.Call):
                    continue
                carrier = carriers().get(called(path, node) or "")
                if carrier is None:
                    continue
                value = given(node, carrier)
                if value is not None:
                    found |= literals(path, scope, value)
                elif carrier.default is not None:
                    found.add(carrier.default)
    return found


def refusals() -> dict[str, set[int]]:
    """Return every refusal's code with the exit statuses it may end a command with."""
    for path in modules():
        if not path.startswith("migrations/"):
            importlib.import_module(module_name(path))
    found: dict[str, set[int]] = {}
    waiting = [Refusal]
    while waiting:
        refusal = waiting.pop()
        found.setdefault(refusal.code, set()).add(refusal.exit_status)
        waiting += refusal.__subclasses__()
    return found


def documented(heading: str) -> dict[str, str]:
    """Return the first cells of the tables under a heading, with the second cells."""
    text = (ROOT / "docs" / "errors.md").read_text("utf-8")
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    cells = [(row[0].strip().strip("`"), row[1].strip()) for row in rows]
    assert len(cells) == len(dict(cells)), f"a code stands twice under {heading}"
    return dict(cells)


def test_every_code_is_documented_and_no_other() -> None:
    used = set(refusals()) | problem_codes()
    written = set(documented("Codes"))
    assert used - written == set(), "say in docs/errors.md what it means and what to do"
    assert written - used == set(), "nothing says this any more: take it off docs/errors.md"


def test_the_documented_exit_status_is_the_real_one() -> None:
    statuses = refusals()
    for code in problem_codes():
        statuses.setdefault(code, set()).add(BadInput.exit_status)
    wrong = {
        code: (shown, sorted(statuses[code]))
        for code, shown in documented("Codes").items()
        if code in statuses and {int(it) for it in shown.split(", ")} != statuses[code]
    }
    assert wrong == {}


def test_every_word_of_the_database_is_documented() -> None:
    said = {
        word
        for path in modules()
        if path.startswith("migrations/versions/")
        for word in DATABASE_CODE.findall(text_of(path))
    }
    assert set(documented("Words of the database")) == said


def test_every_policy_is_documented_as_it_is() -> None:
    text = (ROOT / "docs" / "policies.md").read_text("utf-8")
    rows = {
        row[1].strip().strip("`"): row
        for row in (line.split("|") for line in text.splitlines() if line.startswith("| `"))
    }
    assert set(rows) == set(RULES)
    for name, rule in RULES.items():
        defaults = "<br>".join(f"`{canonical(value)}` from {day}" for day, value in rule.defaults)
        assert [cell.strip() for cell in rows[name][2:5]] == [rule.about, defaults, rule.expected]
