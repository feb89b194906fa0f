# Lives here: CSV and Parquet files -> polars frames. Independent of: kinds of columns, fits, models.
"""Reader of tables with named columns: separators, encodings, compression, headers, and their errors.

polars reads both formats. It renames repeated columns, fills short rows and accepts blank lines, so the header is read
here first.
"""
from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from lassocore.tables.columns import TableError, count, listing
from lassocore.tables.reading import Reading, expand
from lassocore.tables.transposed import transposed

SEPARATORS = {".csv": ",", ".tsv": "\t"}
OTHER_SEPARATORS = ";\t|,"
DECOMPRESSORS = {".gz": "gzip", ".bz2": "bz2", ".xz": "lzma", ".zst": "compression.zstd"}
N_SAMPLE_ROWS = 1000            # rows from which kinds are guessed; a wrong guess costs a second read
N_SNIFFED = 1 << 20             # bytes searched for a line feed
PANDAS_INDEX = "__index_level_"
LARGEST_FIELD = 1 << 30
FREE_BYTES, MAX_EXPANSION = 1 << 28, 200        # a decompressed file is limited to the larger of both


def plain_suffix(path: Path) -> str:
    """The extension after decompression: .csv of data.csv.gz."""
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() if suffix in DECOMPRESSORS else suffix


def read_frame(path: Path, reading: Reading, as_text: Sequence[str] = (), lists: bool = True) -> Any:
    """A polars frame with unique names and at least one row; columns of CSV files are Float64 or String.

    Columns in as_text are String, spelled as in the file. With lists, as_text may hold comma-separated lists.
    """
    with foreign_reader(path):
        if plain_suffix(path) == ".parquet":
            frame = _read_parquet(path)
        else:
            file = _CsvFile(path, reading)
            frame = file.frame(set(expand(as_text, file.names) if lists else as_text))
        if reading.transpose:
            names = frame[reading.id_column or frame.columns[0]].to_list() if lists and reading.id_column in (
                None, *frame.columns) else ()
            frame = transposed(frame, path, reading, set(expand(as_text, list(map(str, names))) if lists else as_text))
    if frame.height == 0:
        raise TableError(f"{path} has no rows; give at least one")
    return frame


@contextmanager
def foreign_reader(path: Path) -> Iterator[None]:
    """Turn any error of a reader into a TableError of one line."""
    kind = "Parquet" if plain_suffix(path) == ".parquet" else "CSV"
    try:
        yield
    except (TableError, MemoryError):
        raise
    except ImportError as error:
        if error.name and error.name.startswith("compression"):
            raise TableError(f"{path}: reading {path.suffix} needs Python 3.14; decompress the file first") from error
        raise TableError(f"{path}: reading {kind} needs polars; "
                         'install it with pip install "lassocore[cli]"') from error
    except UnicodeError as error:
        raise TableError(f"{path} is not text in the encoding {getattr(error, 'encoding', 'utf-8')}; name its own one "
                         "with --encoding, such as latin-1, cp1252 or utf-16") from error
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise TableError(f"{path} cannot be read as {kind}: {reason}") from error


def _read_parquet(path: Path) -> Any:
    import polars

    with quiet_stderr():
        frame = polars.read_parquet(path, glob=False, hive_partitioning=False)
    return frame[:, [name for name in frame.columns if not name.startswith(PANDAS_INDEX)]]


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Silence stderr: polars prints its own trace for a broken Parquet file before it raises."""
    sys.stderr.flush()
    stderr, sink = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(sink)


class _CsvFile:
    """A CSV file whose header and separator are known."""

    def __init__(self, path: Path, reading: Reading):
        self.path, self.reading = path, reading
        self.source = self._utf8_source()
        with self._binary() as stream:
            start = stream.read(N_SNIFFED)
        if reading.is_utf8 and start[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise TableError(f"{path} looks like UTF-16; give --encoding utf-16")
        self.eol = "\r" if b"\r" in start and b"\n" not in start else "\n"
        self.sep, self.names = self._header()
        twice = [name for name, seen in _seen_before(self.names) if seen]
        if twice:
            raise TableError(f"{path} has more than one column {twice[0]!r}; rename them")

    def _utf8_source(self) -> Path | bytes:
        """The path, or the contents if they must be decompressed or decoded."""
        opener = DECOMPRESSORS.get(self.path.suffix.lower())
        if opener is None and self.reading.is_utf8:
            return self.path
        if opener is None:
            data = self.path.read_bytes()
        else:
            largest = max(FREE_BYTES, MAX_EXPANSION * self.path.stat().st_size)
            with import_module(opener).open(self.path, "rb") as stream:
                data = stream.read(largest + 1)
            if len(data) > largest:
                raise TableError(f"{self.path} grows to more than {largest} bytes; decompress it first")
        return data if self.reading.is_utf8 else data.decode(self.reading.encoding).encode()

    def _binary(self) -> Any:
        return open(self.source, "rb") if isinstance(self.source, Path) else io.BytesIO(self.source)

    def _records(self, sep: str) -> Generator[list[str], None, None]:
        csv.field_size_limit(LARGEST_FIELD)
        with io.TextIOWrapper(self._binary(), encoding="utf-8-sig", newline="") as lines:
            yield from csv.reader(lines, delimiter=sep)

    def _first_record(self, sep: str) -> list[str]:
        """The first line that is not blank."""
        with closing(self._records(sep)) as records:
            return next((record for record in records if record), [])

    def _header(self) -> tuple[str, list[str]]:
        """(separator, column names): the usual separator, or another one if that yields a single column."""
        usual = self.reading.sep or SEPARATORS[plain_suffix(self.path)]
        names = self._first_record(usual)
        if not names:
            raise TableError(f"{self.path} is empty; give a header line and at least one row")
        if len(names) > 1 or self.reading.sep is not None:
            return usual, names
        found = {sep: self._first_record(sep) for sep in OTHER_SEPARATORS}
        sep = max(found, key=lambda one: len(found[one]))
        return (sep, found[sep]) if len(found[sep]) > 1 else (usual, names)

    def frame(self, as_text: Collection[str]) -> Any:
        """All columns: Float64 if polars reads all cells as numbers, else String; empty and na cells are null."""
        import polars

        guess = self._guess(as_text)
        try:
            frame = self._read(guess)
        except polars.exceptions.PolarsError:
            try:                                # a later cell is not a number: read all cells as text
                frame = self._read(dict.fromkeys(guess, polars.String))
            except polars.exceptions.PolarsError as error:
                raise self._explained(error) from error
        return self._without_blank_lines(frame).rechunk()       # chunks are slow with many columns

    def _guess(self, as_text: Collection[str]) -> dict[str, Any]:
        import polars

        try:
            found = polars.scan_csv(self.source, infer_schema_length=N_SAMPLE_ROWS, **self._options()).collect_schema()
        except polars.exceptions.PolarsError as error:
            raise self._explained(error) from error
        if len(found) != len(self.names):
            raise TableError(f"{self.path} cannot be read as CSV: its header has unbalanced quotes")
        plain = self.reading.decimal == "." and not self.reading.strip      # otherwise 1.500 may mean 1500
        plain = plain and not self.reading.transpose                        # rows are turned as they are spelled
        numeric = [plain and name not in as_text and dtype.is_numeric()
                   for name, dtype in zip(self.names, found.dtypes(), strict=True)]
        return {name: polars.Float64 if number else polars.String
                for name, number in zip(self.names, numeric, strict=True)}

    def _options(self) -> dict[str, Any]:
        return {"separator": self.sep, "null_values": ["", *self.reading.na], "eol_char": self.eol, "glob": False}

    def _read(self, schema: dict[str, Any]) -> Any:
        import polars

        return polars.read_csv(self.source, schema=schema, **self._options())

    def _explained(self, error: Exception) -> Exception:
        """The error in terms of the file."""
        text = str(error)
        if "utf-8" in text:
            return UnicodeError("not UTF-8")
        if "could not parse" in text or "in schema" in text:
            where = text.split("`")[1].split("\n")[0] if "could not parse `" in text else "in the header"
            return TableError(f"{self.path} cannot be read as CSV: a quotation mark is not closed, or not doubled "
                              f"within quotes, near {where!r}; mend it, or name the separator with --sep")
        if "more fields" not in text:
            return error
        rows = (record for record in self._records(self.sep) if record)
        lengths = ((k, len(record)) for k, record in enumerate(rows) if len(record) > len(self.names))
        row, n_cells = next(lengths, (0, 0))
        return TableError(f"{self.path} cannot be read as CSV: row {row} has {count(n_cells, 'cell')}, the header "
                          f"{count(len(self.names), 'name')} ({listing(self.names)}); mend it, or name the separator "
                          "with --sep")

    def _without_blank_lines(self, frame: Any) -> Any:
        """Drop blank lines, which polars reads as rows of missing values in files of several columns."""
        import polars

        if frame.width < 2 or frame.height == 0 or min(frame.null_count().row(0)) == 0:
            return frame
        empty = frame.select(polars.all_horizontal(polars.all().is_null())).to_series()
        if not empty.any():
            return frame
        blank = [not record for record in self._records(self.sep)]
        while blank and blank[0]:
            blank.pop(0)
        if len(blank) != frame.height + 1:      # polars omits a blank last line without a line feed
            blank = (blank + [True] * (frame.height + 1))[:frame.height + 1]
        return frame.filter(~polars.Series(blank[1:]))


def _seen_before(names: Sequence[str]) -> Iterator[tuple[str, bool]]:
    seen: set[str] = set()
    for name in names:
        yield name, name in seen
        seen.add(name)
