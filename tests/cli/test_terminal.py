# Lives here: names with control characters, and the commands that print them. Independent of: fits.
"""Whatever the names of files and arguments, the output is plain text, one line for each line."""
from __future__ import annotations

import json
import unicodedata

import numpy as np
import pytest
from helpers.commands import pandas, run, succeed

from lassocore.cli.terminal import printable

HOSTILE = ["\x1b[31mred\x1b[0m", "two\nlines", "back\rover", "\u202egnp.exe", "bell\x07", "c1\x9b2J", "\u2066iso\u2069",
           "tab\there", "del\x7f", "zero\u200bwidth", "para\u2029graph"]


def is_plain(text: str) -> bool:
    return not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in text.replace("\n", ""))


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_control_characters_are_escaped(name):
    assert is_plain(printable(name)) and "\n" not in printable(name)
    assert printable(name).encode().decode("unicode_escape") == name


@pytest.mark.parametrize("name", ["café", "日本", "naïve=été", "a b", "x\\n", "", "emoji 🙂"])
def test_other_characters_are_kept(name):
    assert printable(name) == name


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_no_command_prints_them(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    X = np.random.default_rng(0).standard_normal((20, 2))
    frame = pandas.DataFrame({name: X[:, 0], "t": ["u", f"v{name}"] * 10, "y": X[:, 0] + (X[:, 1] > 0)})
    frame.to_parquet("data.parquet")
    fitted = succeed("path", "data.parquet", "--target", "y", "--choose", "0.001", "--out", f"m{name}.json")
    assert is_plain(fitted.output) and "Model written to m" in fitted.stdout
    held = succeed("coef", f"m{name}.json")
    assert is_plain(held.output) and held.stdout.count("\n") == 6 and printable(name) in held.stdout
    assert is_plain(succeed("coef", f"m{name}.json", "--format", "csv").output)
    document = json.loads(succeed("coef", f"m{name}.json", "--format", "json").stdout)
    assert name in [entry["name"] for entry in document["coefficients"]]
    frame.assign(t=name).to_parquet(f"new{name}.parquet")
    warned = succeed("predict", f"m{name}.json", f"new{name}.parquet")
    assert "not seen" in warned.stderr and is_plain(warned.stderr) and warned.stderr.count("\n") == 2
    frame.drop(columns=name).to_parquet("less.parquet")
    for args in (["predict", f"m{name}.json", "less.parquet"], ["path", "data.parquet", "--target", f"no{name}"],
                 ["path", f"none{name}.csv", "--target", "y"], ["path", "data.parquet", f"--{name}"], [name],
                 ["path", "data.parquet", "--target", "y", "--drop", name, "--alphas", name],
                 ["path", "data.parquet", "--target", "y", "--sep", name], ["coef", f"m{name}.json", "--format", name],
                 ["path", "data.parquet", "--target", "y", "--out", f"no{name}/m.json"]):
        result = run(*args)
        assert result.exit_code == 2 and result.stderr.count("\n") == 1 and is_plain(result.stderr), result.stderr
