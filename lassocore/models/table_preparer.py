# Lives here: TablePreparer. Independent of: models, how columns are read and what is learnt from them.
"""A transformer of scikit-learn that turns a table of numbers, text and dates into the features of a linear model."""
from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from lassocore.models.json_parts import NULL, Part
from lassocore.models.preparation_json import KEYS, preparation_of
from lassocore.models.preparation_json import columns_of as columns_of_part
from lassocore.tables.column_kinds import ColumnOptions, decide_kinds
from lassocore.tables.columns import TableError, listing
from lassocore.tables.frame_tables import columns_of, parse_features, unseen_values
from lassocore.tables.frames import as_polars
from lassocore.tables.learn_preparation import PreparationOptions, learn_preparation
from lassocore.tables.parsed_cells import Parsed
from lassocore.tables.preparation import Preparation
from lassocore.tables.reading import Reading, as_arguments
from lassocore.utils.docstrings import DOC_PAGES

READING = ("na", "decimal", "strip", "dates", "date_format")
IMPUTE = "for instance with scikit-learn's SimpleImputer (NaN and None count as missing)"


class TablePreparer(TransformerMixin, BaseEstimator):
    r"""Turn a table of numbers, text, truth values and dates into the features of a linear model.

    The kinds of the columns are decided as on the command line: numbers are features as they are, a text or bool column
    becomes one 0/1 feature for each of its values, and a column that may be meant in two ways is an error that names
    the argument which settles it. Everything else happens on request, in this order, and is learnt from the rows of
    ``fit`` alone:

    1. rare categories of a text column are merged into one (`min_frequency`), rare 0/1 columns into one (`merge_rare`);
    2. columns are transformed towards symmetry (`power`) by Yeo and Johnson's transform::

           ((x + 1)^lambda - 1) / lambda                    for x >= 0, log(x + 1) where lambda = 0
           -((1 - x)^(2 - lambda) - 1) / (2 - lambda)       for x < 0, -log(1 - x) where lambda = 2

       with the lambda of greatest likelihood, then standardised;
    3. groups of correlated columns are replaced by their mean or first principal component (`merge_correlated`);
    4. features are standardised (`standardize`).

    Parameters
    ----------
    min_frequency : int or float, default=None
        Categories of text columns in fewer rows, or in a smaller share of them, are rare, as in scikit-learn's
        OneHotEncoder. None keeps all.
    rare_categories : {"merge", "drop"}, default="merge"
        "merge" makes one feature ``column=other`` of the rare categories, to which values that fit has not seen belong
        as well; "drop" leaves all features of a column 0 for them.
    merge_rare : int or float, default=None
        Columns of 0 and 1, and bool columns, that are true in fewer rows, or in a smaller share of them, become one
        feature ``any(a, b)`` if there are at least two. None merges none.
    power : "skewed" or list of str, default=None
        Columns to transform: the named ones, or all with more than two values and a skewness beyond 1. Their features
        are ``power(column)``.
    merge_correlated : float, default=None
        The least absolute correlation, above 0 and at most 1, of every pair within a group of columns that is merged
        (complete linkage). None merges none. At most 5,000 numeric columns are compared.
    merge_to : {"mean", "pc1"}, default="mean"
        What replaces a group: the mean of its standardised columns, each with the sign of its correlation with the
        first, or their first principal component. The feature is ``mean(a, b)`` or ``pc1(a, b)``.
    standardize : bool, default=False
        Whether to divide features by their standard deviations, and centre those of numbers; 0/1 features are not
        centred, so that they stay sparse. Models with their own `standardize` penalise alike without it.
    features : list of str, default=()
        Columns to use, by default all. Columns that only number or name rows are refused unless they are named here.
    text : list of str, default=()
        Columns that become categories, even of numbers or dates.
    dates : list of str, default=()
        Columns of dates, which become days since 1970-01-01.
    drop : list of str, default=()
        Columns to leave out.
    na : list of str, default=()
        Cells that mean a missing value.
    decimal : {".", ","}, default="."
        Decimal mark of numbers that are text.
    strip : list of str, default=()
        Removed from text cells that are numbers without it: units, thousands separators.
    date_format : str, default=None
        How dates in text are spelled, such as ``%d.%m.%Y``; None is ISO 8601.
    sparse_output : bool or "auto", default="auto"
        Whether `transform` returns a sparse matrix; "auto" does for more than 50 features of categories that are mostly
        0.

    Attributes
    ----------
    preparation_ : Preparation
        What was learnt, as plain values.
    n_features_in_ : int
        Number of columns of the table.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns of a data frame.

    See Also
    --------
    sklearn.compose.ColumnTransformer : Transformers of your own for each column.

    Notes
    -----
    All rows count alike: sample weights enter models, not their preparation. Tables are read with polars, the extra
    ``lassocore[cli]``.

    References
    ----------
    * Yeo, Johnson (2000), A new family of power transformations to improve normality or symmetry, Biometrika 87(4).
    * Bulmer (1979), Principles of statistics, Dover, for the bound on the skewness.

    Examples
    --------
    >>> import polars
    >>> from lassocore.models import TablePreparer
    >>> table = polars.DataFrame({"age": [31.0, 58.0, 44.0, 25.0], "city": ["Oslo", "Rome", "Oslo", "Bern"]})
    >>> preparer = TablePreparer(min_frequency=2).fit(table)
    >>> print(*preparer.get_feature_names_out())
    age city=Oslo city=other
    >>> preparer.transform(table)[3]
    array([25.,  0.,  1.])
    """

    _doc_link_module = "lassocore"
    _doc_link_template = DOC_PAGES

    preparation_: Preparation

    def __init__(
        self, *, min_frequency: int | float | None = None, rare_categories: str = "merge",
        merge_rare: int | float | None = None, power: str | Sequence[str] | None = None,
        merge_correlated: float | None = None, merge_to: str = "mean", standardize: bool = False,
        features: Sequence[str] = (), text: Sequence[str] = (), dates: Sequence[str] = (), drop: Sequence[str] = (),
        na: Sequence[str] = (), decimal: str = ".", strip: Sequence[str] = (), date_format: str | None = None,
        sparse_output: bool | str = "auto",
    ):
        self.min_frequency = min_frequency
        self.rare_categories = rare_categories
        self.merge_rare = merge_rare
        self.power = power
        self.merge_correlated = merge_correlated
        self.merge_to = merge_to
        self.standardize = standardize
        self.features = features
        self.text = text
        self.dates = dates
        self.drop = drop
        self.na = na
        self.decimal = decimal
        self.strip = strip
        self.date_format = date_format
        self.sparse_output = sparse_output

    def fit(self, X, y=None) -> Self:
        """Decide the kinds of the columns, and learn what the parameters ask for.

        Parameters
        ----------
        X : data frame of pandas or polars, table of pyarrow, or array-like of shape (n_samples, n_columns)
            The training rows. Columns of an array are called x0, x1, and so on.
        y : object, optional
            Not used.

        Returns
        -------
        Self
            The fitted transformer.

        Raises
        ------
        ValueError
            A column that may be meant in two ways, missing or infinite values, columns that would give two features of
            one name, parameters out of range.
        ImportError
            polars is not installed.
        """
        self._fit(X)
        return self

    def _fit(self, X) -> Parsed:
        """Fit; the parsed cells of the training rows."""
        options = PreparationOptions(**{field.name: getattr(self, field.name) for field in fields(PreparationOptions)})
        if self.sparse_output not in (True, False, "auto"):
            raise ValueError(f"sparse_output={self.sparse_output!r} is unknown; use True, False or 'auto'")
        frame, reading = self._as_frame(X, reset=True), self._reading()
        self._require(frame.columns, [*self.features, *self.text, *self.dates, *self.drop])
        used = [name for name in self.features or frame.columns if name not in set(self.drop)]
        if not used:
            raise TableError("X has no columns besides those of drop; there is nothing to prepare")
        frame = as_text(frame[:, used], self.text)
        try:
            frame, kinds, _ = decide_kinds(frame, "X", reading, ColumnOptions(self.text, self.features))
            cells = self._complete(parse_features(frame, kinds, reading, "X"))
            columns = columns_of(cells, kinds, frame[:, []])
        except TableError as error:
            raise TableError(as_arguments(str(error))) from None
        self.preparation_ = learn_preparation(cells, columns, options)
        _ = self.preparation_.feature_names         # an error unless they are distinct
        return cells

    def transform(self, X):
        """Make the features of a table.

        Parameters
        ----------
        X : data frame of pandas or polars, table of pyarrow, or array-like of shape (n_samples, n_columns)
            Rows with the columns of fit.

        Returns
        -------
        ndarray or csc_array of shape (n_samples, n_features_out), or a data frame as `set_output` says
            The features; a warning names values of text columns that fit has not seen.

        Raises
        ------
        ValueError
            Other columns than in fit, cells that are no number in a column of numbers, missing or infinite values.
        NotFittedError
            Before fit.
        """
        check_is_fitted(self)
        frame, reading = self._as_frame(X, reset=False), self._reading()
        kinds = {column.name: column.kind for column in self.preparation_.columns}
        try:
            cells = self._complete(parse_features(frame[:, [*kinds]], kinds, reading, "X"))
        except TableError as error:
            raise TableError(as_arguments(str(error))) from None
        features, codes = self.preparation_.apply(cells)
        for note in unseen_values(cells.words, codes, "X", self.preparation_.pooled):
            warnings.warn(note, UserWarning, stacklevel=2)
        return self._in_form(features)

    def get_feature_names_out(self, input_features=None) -> np.ndarray:
        """Get the names of the features.

        Parameters
        ----------
        input_features : array-like of str, optional
            Compared with the names of fit, for scikit-learn's pipelines.

        Returns
        -------
        ndarray of shape (n_features_out,)
            ``column`` for numbers, ``column=category`` for categories, and the names of merged features.

        Raises
        ------
        ValueError
            Other input_features than the columns of fit.
        NotFittedError
            Before fit.
        """
        check_is_fitted(self)
        if input_features is not None:
            names = getattr(self, "feature_names_in_", None)
            if names is not None and not np.array_equal(names, np.asarray(input_features, dtype=object)):
                raise ValueError("input_features is not equal to feature_names_in_; leave it out")
            if len(input_features) != self.n_features_in_:
                raise ValueError(f"input_features should have length equal to number of features ({self.n_features_in_}"
                                 f"), got {len(input_features)}")
        return np.array(self.preparation_.feature_names, dtype=object)

    def to_dict(self) -> dict[str, Any]:
        """Describe the fitted transformer by plain values, ready for JSON.

        Returns
        -------
        dict
            What `from_dict` reads.
        """
        check_is_fitted(self)
        parameters = {name: list(value) if isinstance(value, (list, tuple)) else value
                      for name, value in self.get_params().items()}
        names = getattr(self, "feature_names_in_", None)
        return {"parameters": parameters, "columns": [
                    {**asdict(column), "categories": list(column.categories)} for column in self.preparation_.columns],
                "preparation": self.preparation_.to_dict(), "n_features_in": int(self.n_features_in_),
                "feature_names_in": None if names is None else [str(name) for name in names]}

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> TablePreparer:
        """Make the fitted transformer that `to_dict` described.

        Parameters
        ----------
        document : dict
            Plain values, for instance from JSON; checked in full.

        Returns
        -------
        TablePreparer
            It transforms as the original does.

        Raises
        ------
        ValueError
            A part is missing, unknown, of the wrong type or range, or contradicts another.

        Examples
        --------
        >>> import json
        >>> import polars
        >>> from lassocore.models import TablePreparer
        >>> table = polars.DataFrame({"age": [31.0, 58.0, 44.0], "city": ["Oslo", "Rome", "Oslo"]})
        >>> text = json.dumps(TablePreparer().fit(table).to_dict())
        >>> TablePreparer.from_dict(json.loads(text)).transform(table).shape
        (3, 3)
        """
        part = Part.of(document, "preparer", ("parameters", "columns", "preparation", "n_features_in",
                                              "feature_names_in"))
        known, given = sorted(cls().get_params()), part.scalar("parameters", dict)
        part.require(sorted(given) == known, "parameters", f"must have the keys {', '.join(known)}")
        found = cls(**given)
        PreparationOptions(**{field.name: given[field.name] for field in fields(PreparationOptions)})
        found._reading()
        found.n_features_in_ = part.whole("n_features_in", 1)
        columns = columns_of_part(part)
        preparation = preparation_of(part.part("preparation", KEYS), columns)
        assert preparation is not None
        found.preparation_ = preparation
        names = [f"x{k}" for k in range(found.n_features_in_)]
        if part.scalar("feature_names_in", list, NULL) is not None:
            names = part.items("feature_names_in", str, found.n_features_in_)
            found.feature_names_in_ = np.array(names, dtype=object)
        part.require(len(set(names)) == len(names) and {column.name for column in columns} <= set(names),
                     "feature_names_in", "does not fit the columns")
        return found

    def _as_frame(self, X, reset: bool) -> Any:
        """A polars frame; the number of its columns and their names are stored or compared."""
        if not hasattr(X, "shape"):
            X = np.asarray(X, dtype=None if _is_numeric(X) else object)
        frame = as_polars(X, type(self).__name__)
        shape = np.shape(X)
        for size, what in zip(shape, ("sample(s)", "feature(s)"), strict=True):
            if size == 0:
                raise ValueError(f"Found array with 0 {what} (shape={shape}) while a minimum of 1 is required by "
                                 f"{type(self).__name__}.")
        validate_data(self, X, reset=reset, skip_check_array=True)
        return frame

    def _reading(self) -> Reading:
        for name in ("features", "text", "drop", "na", "strip", "dates"):
            value = getattr(self, name)
            if isinstance(value, str) or not all(isinstance(item, str) for item in value):
                raise ValueError(f"{name}={value!r} is no list of texts; write {name}=[{str(value)!r}]")
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value := getattr(self, name), list) else value for name in READING}
        try:
            return Reading(**given)
        except TableError as error:
            raise TableError(as_arguments(str(error))) from None

    def _require(self, names: Sequence[str], wanted: Sequence[str]) -> None:
        missing = [name for name in wanted if name not in set(names)]
        if missing:
            raise TableError(f"X has no column {listing(missing)}; it has {listing(names)}")

    def _complete(self, cells: Parsed) -> Parsed:
        """The cells, if none is missing or infinite."""
        cells.refuse_missing("X", IMPUTE)
        cells.refuse_infinite("X")
        return cells

    def _in_form(self, features: Any) -> Any:
        """Dense or sparse, as sparse_output says."""
        is_sparse = hasattr(features, "tocsc")
        if self.sparse_output is True and not is_sparse:
            from scipy.sparse import csc_array

            return csc_array(features)
        return features.toarray(order="F") if self.sparse_output is False and is_sparse else features

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        return tags


def as_text(frame: Any, names: Sequence[str]) -> Any:
    """The frame with these columns spelled as text."""
    import polars

    return frame.with_columns(polars.col(list(names)).cast(polars.String)) if names else frame


def _is_numeric(X: Any) -> bool:
    """Whether a list of lists holds numbers only."""
    try:
        return np.asarray(X).dtype.kind in "iufbc"
    except (TypeError, ValueError):
        return False
