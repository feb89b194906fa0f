# Lives here: the conventions of the code, as far as a machine can check them. Independent of: what the code computes.
"""Sizes, openings, names and seams. A failure names the file and the line."""
import ast
import re
from pathlib import Path

import pytest
from helpers.sources import needs_sources

ROOT = Path(__file__).resolve().parents[2]
CYTHON = sorted((ROOT / "src_cython").rglob("*.p[xy]*"))
PYTHON = sorted((ROOT / "lassocore").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
IN_SKLEARNS_PLACE = [ROOT / "lassocore" / name for name in (
    "sklearn_compat/kernels.py", "sklearn_compat/replacements.py", "sklearn_patch.py")]
BENCHMARKS = sorted((ROOT / "benchmarks").rglob("bench_*.py"))
EXAMPLES = sorted((ROOT / "examples").rglob("*.py"))
pytestmark = needs_sources
SOURCES = [f for f in [*CYTHON, *PYTHON, *TESTS, *BENCHMARKS, *EXAMPLES] if f.stat().st_size > 0]

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
MAX_PARAMETERS = 8
MAX_NESTING = 3

KERNEL_HEAD = re.compile(
    r"^( *)(?:cdef|cpdef|def) (?:inline )?(?!class|struct|enum|union|extern|readonly)[^=\n]*?(\w+)\(", re.M)


def name_of(path):
    """The path from the root; pytest 8.2 also asks for the name of what stands for an empty list."""
    return path.relative_to(ROOT).as_posix() if isinstance(path, Path) else str(path)


def cython_functions(path):
    """(name, head, body lines) of every function; the body ends where the indentation of the head returns."""
    text = path.read_text()
    for match in KERNEL_HEAD.finditer(text):
        lines = text[match.start():].split("\n")
        indent = len(match.group(1))
        head_end = next(k for k, line in enumerate(lines) if line.rstrip().endswith(":"))
        body = []
        for line in lines[head_end + 1:]:
            if line.strip() and len(line) - len(line.lstrip()) <= indent:
                break
            body.append(line)
        while body and not body[-1].strip():
            body.pop()
        yield match.group(2), " ".join(lines[:head_end + 1]), body


def parameters_of(head):
    inside = head[head.index("(") + 1:head.rindex(")")]
    depth, count = 0, 0
    for k, char in enumerate(inside):
        depth += (char in "[(") - (char in "])")
        count += char == "," and depth == 0 and inside[k + 1:].strip() != ""
    return count + 1 if inside.strip() else 0


def nesting_of(body, base):
    deepest = 0
    for line in body:
        code = line.strip()
        if re.match(r"(for|while|if|elif|else|with|try|except)\b", code) and code.endswith(":"):
            deepest = max(deepest, (len(line) - len(line.lstrip()) - base) // 4)
    return deepest


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_every_file_opens_with_what_lives_there(path):
    first = path.read_text().split("\n", 1)[0]
    assert re.match(r"# Lives here: .+ Independent of: .+\.$", first), f"{name_of(path)}:1: {first!r}"


@pytest.mark.parametrize("path", [f for f in SOURCES if f not in TESTS], ids=name_of)
def test_files_are_short(path):
    n_lines = len(path.read_text().splitlines())
    assert n_lines <= MAX_FILE_LINES, f"{name_of(path)} has {n_lines} lines"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_lines_are_short_and_nothing_is_left_to_do(path):
    for number, line in enumerate(path.read_text().split("\n"), 1):
        assert len(line) <= 120, f"{name_of(path)}:{number} has {len(line)} columns"
        marks = "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"])
        assert not re.search(rf"\b({marks})\b", line), f"{name_of(path)}:{number}: {line.strip()}"


@pytest.mark.parametrize("path", [f for f in CYTHON if f.stat().st_size > 0], ids=name_of)
def test_kernels_fit_on_a_screen(path):
    for name, head, body in cython_functions(path):
        where = f"{name_of(path)}: {name}"
        assert len(body) < MAX_FUNCTION_LINES, f"{where} has {len(body) + 1} lines"
        assert parameters_of(head) <= MAX_PARAMETERS, f"{where} has {parameters_of(head)} parameters"
        base = len(head) - len(head.lstrip())
        assert nesting_of(body, base) - 1 <= MAX_NESTING, f"{where} nests {nesting_of(body, base)} deep"


def test_the_reader_of_kernels_reads_them():
    heads = {name: head for name, head, _ in cython_functions(ROOT / "src_cython/lassocore/solvers/epoch.pxd")}
    assert parameters_of(heads["cd_epoch"]) == 7
    assert sum(1 for path in CYTHON for _ in cython_functions(path)) > 60


@pytest.mark.parametrize("path", [f for f in CYTHON if f.suffix == ".pxd" and f.stat().st_size > 0], ids=name_of)
def test_kernels_run_without_the_interpreter(path):
    for name, head, body in cython_functions(path):
        where = f"{name_of(path)}: {name}"
        if head.startswith("    int PyErr"):
            continue
        assert "noexcept nogil" in head and "inline" in head, f"{where} is not an inline function without the GIL"
        assert body[0].lstrip().startswith('"""'), f"{where} has no docstring"
        assert not any(re.search(r"^\s*(print|raise)\b|\b(malloc|free)\(|\bnp\.", line) for line in body), where


CYTHON_IMPORTS = {
    # Which folders of src_cython/lassocore the files of a folder may cimport from, beside their own.
    "designs": set(),
    "penalties": set(),
    "datafits": {"designs"},
    "solvers": {"designs", "datafits", "penalties", "core.signals"},
    "core": {"designs", "datafits", "penalties", "solvers"},
    "api": {"designs", "datafits", "penalties", "solvers", "core.operations", "cython_api", "_isa"},
}


def cimports_of(path):
    """The modules of lassocore that a file cimports, without the leading package."""
    return re.findall(r"^(?:from|cimport) lassocore\.([\w.]+)", path.read_text(), re.M)


@pytest.mark.parametrize("path", CYTHON, ids=name_of)
def test_cython_folders_cimport_what_they_may(path):
    """A design, a loss or a penalty never depends on a solver, nor a penalty on X."""
    folder = path.parent.name
    if folder == "lassocore":
        assert path.name == "__init__.pxd" and not path.read_text()
        return
    allowed = CYTHON_IMPORTS[folder] | {folder}
    for module in cimports_of(path):
        assert module in allowed or module.split(".")[0] in allowed, f"{name_of(path)} cimports lassocore.{module}"


def test_the_reader_of_cimports_reads_them():
    found = cimports_of(ROOT / "src_cython/lassocore/solvers/epoch.pxd")
    assert {"designs.design", "penalties.elastic_net"} <= set(found)


@pytest.mark.parametrize("path", [f for f in CYTHON if f.parent.name != "penalties"], ids=name_of)
def test_penalty_fields_stay_with_the_penalties(path):
    """Solvers ask the functions of a penalty, and never read l1, l2 or the bounds themselves."""
    fields = re.findall(r"penalty\.(?:l1_reg|l2_reg|lower|upper)\b|\b(?:l1_reg|l2_reg)\[", path.read_text())
    assert not fields, f"{name_of(path)} reads {fields[0]}"


def test_constants_of_kernels_have_one_value():
    """All of them are compiled into one C file, where the last definition of a name would replace the others."""
    places: dict[str, set] = {}
    for path in CYTHON:
        for constant in re.findall(r"#define (LASSOCORE_\w+) ", path.read_text()):
            places.setdefault(constant, set()).add(name_of(path))
    assert places and not [names for names in places.values() if len(names) > 1], places


@pytest.mark.parametrize("path", [*PYTHON], ids=name_of)
def test_python_functions_are_small(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        documented = ast.get_docstring(node, clean=False)
        lines = node.end_lineno - node.lineno + 1 - (documented.count("\n") + 1 if documented else 0)
        assert lines <= MAX_FUNCTION_LINES, f"{name_of(path)}:{node.lineno}: {node.name} has {lines} lines"
        where = f"{name_of(path)}:{node.lineno}: {node.name}"
        of_click = "cli/commands/" in name_of(path) and (node.decorator_list or node.name == "main")
        routes = node.name == "fit" and path.name in ("path_cv.py", "adaptive.py")  # metadata for splitters of any kind
        passes_on = path in IN_SKLEARNS_PLACE       # what scikit-learn's functions are called with
        wraps = path.name == "unknown_keywords.py" and node.name == "called"        # a function of any parameters
        assert node.args.kwarg is None or of_click or routes or passes_on or wraps, (
            f"{where} takes **{node.args.kwarg.arg}")
        positional = [arg.arg for arg in node.args.posonlyargs + node.args.args if arg.arg not in ("self", "cls")]
        assert len(positional) <= MAX_PARAMETERS, f"{where} has {len(positional)} positional parameters"


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_classes_are_whole_where_they_stand(path):
    """No attribute is set after the class, and no method is taken over from a class that is no base."""
    tree = ast.parse(path.read_text())
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    names = {node.name for node in classes}
    for node in ast.walk(tree):
        for target in node.targets if isinstance(node, ast.Assign) else []:
            patched = isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and (
                target.value.id in names)
            assert not patched, f"{name_of(path)}:{node.lineno} patches {ast.unparse(target)}"
    for node in [statement for kind in classes for statement in kind.body if isinstance(statement, ast.Assign)]:
        owner = node.value.value if isinstance(node.value, ast.Attribute) else None
        grafted = isinstance(owner, ast.Name) and owner.id[:1].isupper()
        assert not grafted, f"{name_of(path)}:{node.lineno}: {ast.unparse(node)}"


FLOORS = {                      # what the modules of each folder may import, beside the compiled core and tools
    "utils": "",
    "designs": "",
    "datafits": "",
    "penalties": "",
    "problems": "designs datafits penalties",
    # Within methods only: paths for criteria of results; plots, explorer, models for their pictures, pages and files.
    "results": "designs datafits penalties problems paths plots explorer models",
    "solvers": "designs datafits penalties problems results",
    "paths": "designs datafits penalties problems results solvers",
    "progress.py": "results",
    "cross_validation": "designs datafits penalties problems results solvers paths progress",
    "sklearn_patch.py": "sklearn_compat",
    "sklearn_compat": "designs datafits penalties problems results solvers paths estimators",
    "estimators": "designs datafits penalties problems results solvers paths progress cross_validation sklearn_compat "
                  "plots models",
    "tables": "designs",
    "plots": "designs results paths",
    "explorer": "designs results paths cross_validation estimators",
    "selection": "designs datafits penalties problems results solvers paths progress cross_validation estimators plots",
    "models": "designs datafits penalties results paths tables estimators",
    "cli": "designs results paths cross_validation estimators tables plots explorer selection models",
    "__main__.py": "cli",
    "reference": "",            # for learning and as an oracle: NumPy alone
}


@pytest.mark.parametrize("path", [f for f in PYTHON if f.parent.name != "former_modules"], ids=name_of)
def test_folders_import_only_what_is_below_them(path):
    """The order of the folders; nothing imports the command line."""
    own = path.relative_to(ROOT / "lassocore").parts[0]
    if own in ("__init__.py", "_isa.py"):
        return                  # names that are fetched when asked for; the choice of the core
    allowed = {own, "utils", "_isa", *FLOORS[own].split()}
    for node in ast.walk(ast.parse(path.read_text())):
        modules = [node.module] if isinstance(node, ast.ImportFrom) and node.module else [
            alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for module in modules:
            parts = module.split(".")
            if parts[0] == "lassocore" and len(parts) > 1 and parts[1] != "sklearn_patch":
                assert parts[1] in allowed, f"{name_of(path)}:{node.lineno} imports {module}"


STORAGE_IS_KNOWN = re.compile(
    r"designs/|sklearn_compat/|results/sparse_columns|results/path_result|models/model_file|tables/matrix_files")


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_seams_hold(path):
    """Words that show that a file depends on what it should be independent of."""
    text, name = path.read_text(), path.name
    if path in CYTHON and name not in ("csc.pxd", "csc_tasks.pxd", "matrix.pxi", "design.pxi"):
        code = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith("#"))
        assert "indptr" not in code or name == "design.pxd" and code.count("indptr") == 1, f"{name} knows indptr"
    if path in CYTHON and (path.parent.name in ("designs", "penalties") or name in ("epoch.pxd", "order.pxd")):
        assert not re.search(r"\b(gap|tol|screen\w*)\b", re.sub(r'""".*?"""|#.*', "", text, flags=re.S)), name
    if path in IN_SKLEARNS_PLACE:
        return                  # they use scikit-learn's names
    if path in PYTHON and not STORAGE_IS_KNOWN.search(name_of(path)):
        assert "indptr" not in text, f"{name} knows the storage"
    if path in PYTHON and "designs/" not in name_of(path):
        assert ".storage" not in text, f"{name} asks for the storage"
    if path in PYTHON and name not in ("penalty_grid.py", "elastic_net.py"):
        assert "l1_reg" not in text, f"{name} knows l1_reg"
    if path in PYTHON:
        assert not re.search(r"sklearn\.linear_model\._|cd_fast", text), f"{name} uses private parts of scikit-learn"


def test_all_of_python_is_installed():
    listed = (ROOT / "lassocore" / "meson.build").read_text()
    top = [path for path in (ROOT / "lassocore").iterdir() if path.suffix in (".py", ".pyi") or path.name == "py.typed"]
    folders = {path.relative_to(ROOT / "lassocore").parts[0] for path in PYTHON if path.parent != ROOT / "lassocore"}
    for name in [*(path.name for path in top), *folders]:
        assert f"'{name}'" in listed, f"{name} is missing from lassocore/meson.build"


@pytest.mark.parametrize("path", TESTS, ids=name_of)
def test_tests_can_fail(path):
    """Each test asserts something, and skips or expected failures say why in words."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            source = ast.unparse(node)
            checks = re.search(r"\bassert\b|assert_|raises|warns|check\(", source)
            assert checks, f"{path.name}: {node.name} asserts nothing"
    for call in re.findall(r"(?:skip|xfail|importorskip)\(([^)]*)\)", path.read_text()):
        assert "reason" in call or re.search(r"['\"]\w+ \w+", call), f"{path.name}: {call!r} gives no reason"


def shared_generators(tree):
    """(function, name) where a function draws from a random generator of the module."""
    made = {target.id for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
            and re.search(r"\b(default_rng|RandomState|Generator)$", ast.unparse(node.value.func))
            for target in node.targets if isinstance(target, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            own = {arg.arg for arg in ast.walk(node.args) if isinstance(arg, ast.arg)} | {
                name.id for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}
            used = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
            yield from ((getattr(node, "name", "a lambda"), name) for name in sorted(used & made - own))


@pytest.mark.parametrize("path", TESTS, ids=name_of)
def test_data_of_a_test_do_not_depend_on_the_tests_before(path):
    """A generator of the module makes constants when the module is imported; each test has one of its own."""
    shared = list(shared_generators(ast.parse(path.read_text())))
    assert not shared, f"{name_of(path)}: {shared[0][0]} draws from the generator {shared[0][1]} of the module"


def test_shared_generators_are_found():
    source = """rng = np.random.default_rng(0)
X = rng.random(3)
def test_shared():
    return rng.random(2)
def test_own():
    rng = np.random.default_rng(1)
    return rng.random(2), X
def given(rng):
    return rng.random(2)
make = lambda: rng.random(1)
"""
    assert list(shared_generators(ast.parse(source))) == [("test_shared", "rng"), ("a lambda", "rng")]


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_names_are_the_fields(path):
    """No throw-away names, no shadowed builtins."""
    if path.suffix != ".py":
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            assert node.id not in {"tmp", "data2", "ii", "list", "dict", "sum", "min", "max", "type", "id", "input"}, (
                f"{name_of(path)}:{node.lineno}: {node.id}")


def test_the_workshop_is_not_part_of_the_product():
    places = ["/" + "work/", "../" + "shared", "/" + "tmp/bash", "farm" + "-"]
    texts = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "pyproject.toml", ROOT / "meson.build"]
    for path in [*SOURCES, *texts]:
        for place in places:
            assert place not in path.read_text(), f"{name_of(path)} names {place}"
