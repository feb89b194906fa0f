# Lives here: reading CSV and Parquet files of many dialects. Independent of: fits.
"""Every dialect is read to the same table, or refused in one line with the option that reads it."""
from __future__ import annotations

import bz2
import gzip
import lzma

import numpy as np
import pytest
from helpers.commands import pandas
from hypothesis import given, settings
from hypothesis import strategies as st

from lassocore.tables.columns import TableError
from lassocore.tables.read_table import read_training
from lassocore.tables.reading import ColumnChoice, Reading

PLAIN = "a,t,y\n1.5,u,1\n2.5,v,2\n-3,u,3\n"
USUAL = Reading()
EXPECTED = np.array([[1.5, 1, 0], [2.5, 0, 1], [-3, 1, 0]])


def read(folder, data, suffix=".csv", reading=USUAL, **choice):
    file = folder / f"data{suffix}"
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    return read_training(file, "y", None, reading, ColumnChoice(**choice))


def refusal(folder, data, suffix=".csv", reading=USUAL, **choice) -> str:
    with pytest.raises(TableError) as error:
        read(folder, data, suffix, reading, **choice)
    assert "\n" not in str(error.value)
    return str(error.value)


DIALECTS = {
    "plain": (PLAIN, ".csv", {}), "upper case": (PLAIN, ".CSV", {}),
    "BOM": (b"\xef\xbb\xbf" + PLAIN.encode(), ".csv", {}),
    "CRLF": (PLAIN.replace("\n", "\r\n"), ".csv", {}), "CR": (PLAIN.replace("\n", "\r"), ".csv", {}),
    "no last line feed": (PLAIN[:-1], ".csv", {}), "tabs": (PLAIN.replace(",", "\t"), ".tsv", {}),
    "tabs in .csv": (PLAIN.replace(",", "\t"), ".csv", {}), "bars": (PLAIN.replace(",", "|"), ".csv", {}),
    "semicolons": (PLAIN.replace(",", ";"), ".csv", {}), "commas in .tsv": (PLAIN, ".tsv", {"sep": ","}),
    "caret": (PLAIN.replace(",", "^"), ".csv", {"sep": "^"}),
    "decimal commas": (PLAIN.replace(",", ";").replace(".", ","), ".csv", {"decimal": ","}),
    "quoted decimal commas": ('a,t,y\n"1,5",u,1\n"2,5",v,2\n-3,u,3\n', ".csv", {"decimal": ","}),
    "quoted": ('"a","t","y"\n"1.5","u","1"\n"2.5","v","2"\n"-3","u","3"\n', ".csv", {}),
    "spaces and plus": ("a,t,y\n 1.5,u,+1\n+2.5 ,v, 2\n-3,u,3\n", ".csv", {}),
    "blank lines": ("\n" + PLAIN.replace("\n", "\n\n") + "\n\n", ".csv", {}),
    "gzip": (gzip.compress(PLAIN.encode()), ".csv.gz", {}), "bzip2": (bz2.compress(PLAIN.encode()), ".csv.bz2", {}),
    "xz": (lzma.compress(PLAIN.encode()), ".csv.xz", {}),
    "gzip with tabs": (gzip.compress(PLAIN.replace(",", "\t").encode()), ".tsv.gz", {}),
    "UTF-16": (PLAIN.encode("utf-16"), ".csv", {"encoding": "utf-16"}),
    "latin-1": (PLAIN.encode("latin-1"), ".csv", {"encoding": "latin-1"}),
    "percent": (PLAIN.replace("1.5", "1.5 %").replace("-3", "-3%"), ".csv", {"strip": ("%",)}),
    "thousands": (PLAIN.replace("1.5", '"1,.5"'), ".csv", {"strip": (",",)}),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_dialects_are_one_table(tmp_path, dialect):
    data, suffix, options = DIALECTS[dialect]
    table = read(tmp_path, data, suffix, Reading(**options))
    np.testing.assert_array_equal(table.X, EXPECTED)
    np.testing.assert_array_equal(table.y, [1, 2, 3])
    assert table.feature_names == ("a", "t=u", "t=v") and table.reading == Reading(**options)


REFUSED = {
    "doubled name": ("a,y,a\n1,2,3\n", {}, "more than one column 'a'"),
    "doubled empty name": (",y,\n1,2,3\n", {}, "more than one column ''"),
    "long row": ("a,y\n1,2\n1,2,3\n", {}, "row 2 has 3 cells, the header 2 names ('a', 'y')"),
    "comment line": ("# made today\na,y\n1,2\n", {}, "--sep"),
    "open quote": ('a,t,y\n1,"u,2\n3,v,4\n', {}, "quotation mark"),
    "stray quote": ('a,t,y\n1,"u"v,2\n3,v,4\n', {}, "quotation mark"),
    "latin-1": ("a,é,y\n1,2,3\n".encode("latin-1"), {}, "--encoding"),
    "latin-1 cell": ("a,t,y\n1,é,3\n2,u,3\n".encode("latin-1"), {}, "--encoding"),
    "UTF-16": (PLAIN.encode("utf-16"), {}, "--encoding utf-16"),
    "wrong encoding": ("a,é,y\n1,2,3\n".encode("latin-1"), {"encoding": "ascii"}, "--encoding"),
    "empty": ("", {}, "is empty"), "blank": ("\n\n", {}, "is empty"), "header": ("a,y\n", {}, "no rows"),
    "header and blank lines": ("a,y\n\n\n", {}, "no rows"),
    "wrong separator": (PLAIN, {"sep": ";"}, "--sep"), "spaces": ("a y\n1 2\n", {}, "--sep"),
    "short row": ("a,y,t\n1,2,u\n2\n", {}, "missing value"), "row of empty cells": (PLAIN + ",,\n", {}, "in row 4"),
    "empty cell in a single column": ("y\n1\n\n2\n", {}, "no columns besides"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_faults_are_named(tmp_path, fault):
    data, options, named = REFUSED[fault]
    assert named in refusal(tmp_path, data, reading=Reading(**options))


def test_invalid_or_too_large_compressed_files(tmp_path, monkeypatch):
    assert "cannot be read as CSV" in refusal(tmp_path, PLAIN, ".csv.gz")
    assert "cannot be read as CSV" in refusal(tmp_path, gzip.compress(PLAIN.encode())[:-12], ".csv.gz")
    monkeypatch.setattr("lassocore.tables.frame_files.FREE_BYTES", 1000)
    bomb = gzip.compress(("a,y\n" + "1,2\n" * 100_000).encode())
    assert "grows to more than" in refusal(tmp_path, bomb, ".csv.gz")


def test_invalid_options(tmp_path):
    for options, named in (({"decimal": ";"}, "--decimal"), ({"sep": ";;"}, "--sep"), ({"sep": '"'}, "--sep"),
                           ({"sep": ",", "decimal": ","}, "--sep"), ({"strip": ("",)}, "--strip"),
                           ({"encoding": "base64"}, "--encoding"), ({"encoding": "none"}, "--encoding")):
        with pytest.raises(TableError, match=named):
            Reading(**options)
    np.savez(tmp_path / "data.npz", X=np.eye(3), y=np.arange(3))
    for given_reading, given_choice, named in ((Reading(na=("?",)), ColumnChoice(), "--na"),
                                               (Reading(), ColumnChoice(drop=("a",)), "--drop"),
                                               (Reading(date_format="%d"), ColumnChoice(), "--date-format")):
        with pytest.raises(TableError, match=f"{named} is for CSV and Parquet"):
            read_training(tmp_path / "data.npz", None, None, given_reading, given_choice)


def test_a_late_odd_cell_is_found(tmp_path):
    """Kinds are guessed from the first rows; a later cell that is not a number is still found."""
    rows = "".join(f"{k % 7},{k}\n" for k in range(1500))
    assert "'late' in row 1501" in refusal(tmp_path, "a,y\n" + rows + "late,3\n")
    table = read(tmp_path, "a,y\n" + rows + "late,3\n", text=("a",))
    assert table.feature_names[-1] == "a=late" and table.X.sum() == 1501
    halves = read(tmp_path, "a,y\n" + "1,2\n" * 1200 + "1.5,2.5\n")
    assert halves.X[-1, 0] == 1.5 and halves.y[-1] == 2.5


WORDS = ["u", "v,w", 'q"q', "line\nbreak", "é", "NA", " x "]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(-1e300, 1e300), st.sampled_from(WORDS)), min_size=2, max_size=30))
def test_what_pandas_writes_is_read_back(tmp_path_factory, rows):
    frame = pandas.DataFrame(rows, columns=["a, b", "t"]).assign(y=1.0)
    for suffix, write in ((".csv", frame.to_csv), (".parquet", frame.to_parquet)):
        file = tmp_path_factory.mktemp("back") / f"data{suffix}"
        write(file, index=False)
        table = read_training(file, "y", None, choice=ColumnChoice(text=("t",)))
        np.testing.assert_array_equal(table.X[:, 0], frame["a, b"])
        by_hand = np.column_stack([frame.t == name[2:] for name in table.feature_names[1:]])
        np.testing.assert_array_equal(table.X[:, 1:], by_hand)
        assert by_hand.any(axis=1).all()


def test_parquet_of_every_type(tmp_path):
    polars = pytest.importorskip("polars", reason="the reader of CSV and Parquet is the optional extra [cli]")
    days = pandas.to_datetime(["1970-01-02", "1970-01-03", "1970-01-01"])
    frame = polars.DataFrame({
        "i": polars.Series([1, 2, 5], dtype=polars.Int8), "f": polars.Series([1, 2, 5], dtype=polars.Float32),
        "c": polars.Series(["x", "y", "x"], dtype=polars.Categorical), "b": [True, False, True], "d": list(days),
        "s": ["1", "2", "5"], "y": [1.0, 2, 3],
        "e": polars.Series(["p", "q", "p"], dtype=polars.Enum(["q", "p", "r"]))})
    frame.write_parquet(tmp_path / "data.parquet")
    with pytest.raises(TableError, match="column 'd' .* holds dates; give --dates d"):
        read_training(tmp_path / "data.parquet", "y", None)
    table = read_training(tmp_path / "data.parquet", "y", None, Reading(dates=("d",)))
    held = dict(zip(table.feature_names, table.X.T.tolist(), strict=True))
    assert held == {"i": [1, 2, 5], "f": [1, 2, 5], "d": [1, 2, 0], "s": [1, 2, 5], "c=x": [1, 0, 1], "c=y": [0, 1, 0],
                    "b=False": [0, 1, 0], "b=True": [1, 0, 1], "e=p": [1, 0, 1], "e=q": [0, 1, 0]}
    frame.with_columns(l=[[1], [2], [3]]).write_parquet(tmp_path / "data.parquet")
    with pytest.raises(TableError, match="column 'l' .* --drop l"):
        read_training(tmp_path / "data.parquet", "y", None, choice=ColumnChoice(drop=("d",)))
    read_training(tmp_path / "data.parquet", "y", None, choice=ColumnChoice(drop=("d,l",)))


def test_the_index_of_pandas_is_not_a_feature(tmp_path):
    frame = pandas.DataFrame({"a": [1.0, 2.0, 4.0], "y": [1.0, 2.0, 3.0]}, index=[3, 1, 2])
    frame.to_parquet(tmp_path / "data.parquet")
    assert read_training(tmp_path / "data.parquet", "y", None).feature_names == ("a",)


def test_a_reader_that_panics_is_one_line(tmp_path, monkeypatch, capfd):
    """polars raises a BaseException for some broken files, and prints its own trace."""
    import os

    import polars

    class PanicException(BaseException):
        pass

    def panic(*args, **kwargs):
        os.write(2, b"thread panicked at ...\n")
        raise PanicException("assertion failed\nbacktrace")

    monkeypatch.setattr(polars, "read_parquet", panic)
    assert refusal(tmp_path, b"", ".parquet").endswith("cannot be read as Parquet: assertion failed")
    assert capfd.readouterr().err == ""


def test_wide_files_are_read_whole(tmp_path):
    """Thousands of columns, some of them text, each in its place."""
    rng = np.random.default_rng(0)
    X, letters = rng.standard_normal((20, 1500)), rng.choice(["AA", "AG", "GG"], (20, 500))
    frame = pandas.concat([pandas.DataFrame(X, columns=[f"g{k}" for k in range(1500)]),
                           pandas.DataFrame(letters, columns=[f"s{k}" for k in range(500)])], axis=1).assign(y=1.0)
    for suffix, write in ((".csv", frame.to_csv), (".parquet", frame.to_parquet)):
        write(tmp_path / f"wide{suffix}", index=False)
        table = read_training(tmp_path / f"wide{suffix}", "y", None)
        held = table.X if isinstance(table.X, np.ndarray) else table.X.toarray()
        np.testing.assert_array_equal(held[:, :1500], X)
        by_hand = [letters[:, int(name[1:-3])] == name[-2:] for name in table.feature_names[1500:]]
        np.testing.assert_array_equal(held[:, 1500:], np.column_stack(by_hand))


def test_frames_are_not_searched_for_each_column(tmp_path, monkeypatch):
    """Operations over all columns are done a fixed number of times."""
    import polars

    visits = []
    for name in ("schema", "dtypes", "columns", "get_columns", "null_count"):
        plain = getattr(polars.DataFrame, name)

        def counted(frame, plain=plain):
            visits.append(frame.width)
            return plain.fget(frame) if isinstance(plain, property) else plain(frame)

        monkeypatch.setattr(polars.DataFrame, name, property(counted) if isinstance(plain, property) else counted)
    found = []
    for width in (20, 60):
        kinds = (("n", ["1", "2", "3"]), ("s", [" 1", "2", "+3"]), ("t", ["u", "v", "u"]), ("b", ["True", "true", "F"]))
        frame = pandas.DataFrame({f"{kind}{k}": cells for k in range(width) for kind, cells in kinds})
        frame.assign(y=1.0).to_csv(tmp_path / "data.csv", index=False)
        visits.clear()
        read_training(tmp_path / "data.csv", "y", None)
        found.append(sum(n > width for n in visits))
    assert found[0] == found[1] > 0
