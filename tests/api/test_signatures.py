# Lives here: the declarations of the C interface do not change. Independent of: compilers, results.
"""Those of lassocore.h are stored in declarations.txt, and cython_api.pxd repeats them.

A later minor version adds statuses, values of enums, fields and functions at the end of what there is. A test that
fails here for any other reason means a new major version.
"""
import ctypes
import re
from pathlib import Path

import pytest
from helpers import c_api

import lassocore

INCLUDE = Path(lassocore.get_include())
STORED = Path(__file__).with_name("declarations.txt").read_text()


def without_bodies(text):
    """The text without what is in braces after the head of a function."""
    parts, depth, in_body = [], 0, False
    for k, char in enumerate(text):
        if char == "{":
            in_body = in_body or depth == 0 and text[:k].rstrip().endswith(")")
            depth += 1
        if not in_body:
            parts.append(char)
        if char == "}":
            depth -= 1
            if depth == 0 and in_body:
                in_body = False
                parts.append(";")
    return "".join(parts)


def c_declarations():
    """One line for each declaration of the header, without comments and names of the preprocessor."""
    text = re.sub(r"/\*.*?\*/", "", (INCLUDE / "lassocore.h").read_text(), flags=re.S)
    versions = re.findall(r"#define (LASSOCORE_API_\w+) (\d+)", text)
    text = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    text = without_bodies(re.sub(r'extern "C" \{|\n\}\n(?=\s*$)', "", text.replace("}\n\n", "}\n\n")))
    text = re.sub(r"\s+", " ", text)
    lines, depth, start = [], 0, 0
    for k, char in enumerate(text):
        depth += (char in "{(") - (char in "})")
        if char == ";" and depth == 0:
            lines.append(text[start:k].strip())
            start = k + 1
    return [f"{name} {value}" for name, value in versions] + lines


def test_the_header_declares_what_is_stored():
    assert "\n".join(c_declarations()) + "\n" == STORED


def test_the_stored_text_is_read_as_c():
    lines = STORED.splitlines()
    assert lines[:2] == ["LASSOCORE_API_MAJOR 1", "LASSOCORE_API_MINOR 0"]
    assert sum(line.startswith("typedef struct") for line in lines) == 4
    assert sum(line.startswith("enum") for line in lines) == 7
    assert sum(line.startswith("static inline") for line in lines) == 11
    assert not [line for line in lines if re.search(r"return|if \(", line)]


def as_c(text):
    """A declaration of Cython as the header writes it."""
    text = re.sub(r" (?:noexcept nogil|except -1)", "", re.sub(r"\s+", " ", text))
    return re.sub(r"(\w)\* ?", r"\1 *", text).replace("( ", "(").replace(" )", ")").strip()


def pxd_blocks():
    """{name: items} of the enums and structs, and the functions, of cython_api.pxd."""
    text = (INCLUDE.parent / "cython_api.pxd").read_text()
    body = text[text.index("    const int LASSOCORE_API_MAJOR"):]
    blocks, functions = {}, []
    for part in re.split(r"\n(?=    [^\s)])", body):
        head, _, rest = part.partition(":\n")
        named = re.match(r"    (?:cdef enum|ctypedef struct) (\w+)$", head)
        if named:
            joined = re.sub(r"\n            +|\n        (?=\))", " ", rest)
            blocks[named[1]] = [as_c(line) for line in joined.splitlines() if line.strip()]
        elif "(" in part:
            functions.append(as_c(part))
    return blocks, functions


@pytest.mark.parametrize("line", [line for line in STORED.splitlines() if line.startswith(("enum", "typedef"))])
def test_cython_has_the_same_enums_and_structs(line):
    name = re.match(r"(?:enum|typedef struct) (\w+)", line)[1]
    inside = line[line.index("{") + 1:line.rindex("}")]
    if line.startswith("enum"):
        expected = [item.split("=")[0].strip() for item in inside.split(",")]
    else:
        expected = [as_c(item) for item in inside.split(";") if item.strip()]
    assert pxd_blocks()[0][name] == expected


def test_cython_has_the_same_functions():
    declared = {re.sub(r"static inline |\(void\)", lambda found: "()" if "void" in found[0] else "", line)
                for line in STORED.splitlines() if line.startswith("static inline")}
    assert {as_c(line) for line in declared} == set(pxd_blocks()[1])


def test_values_of_enums_and_sizes_of_structs():
    """What is compiled into callers: on a 64-bit system."""
    if ctypes.sizeof(ctypes.c_void_p) != 8:
        pytest.skip("sizes are those of 64-bit systems")
    sizes = {kind.__name__: ctypes.sizeof(kind) for kind in (c_api.Design, c_api.Options, c_api.Result, c_api.Table)}
    assert sizes == {"Design": 96, "Options": 112, "Result": 88, "Table": 64}
    assert (c_api.table.major, c_api.table.minor, c_api.table.size) == (1, 0, 64)
