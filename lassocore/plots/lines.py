# Lives here: many lines as one artist, and the colours of named lines. Independent of: what the lines are.
"""Lines of a picture."""
from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection

from lassocore.plots.style import Colours

MANY, JOINED = 1000, 25             # more lines than this are joined, and how many to a path


def shades_of(keys: np.ndarray, heights: np.ndarray, colours: Colours, clusters: np.ndarray | None = None
              ) -> dict[int, str]:
    """A colour for each line: neighbours at the right end differ, lines of a cluster do not."""
    clusters = keys if clusters is None else clusters
    of_cluster: dict[Hashable, str] = {}
    for k in np.argsort(-heights, kind="stable"):
        of_cluster.setdefault(int(clusters[k]), colours.palette[len(of_cluster) % len(colours.palette)])
    return {int(key): of_cluster[int(cluster)] for key, cluster in zip(keys, clusters, strict=True)}


def active_part(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(first, last) positions of lines: from the last 0 before they leave it to the first after they return."""
    nonzero = values != 0.0
    n_points = values.shape[-1]
    first = np.maximum(nonzero.argmax(axis=-1) - 1, 0)
    last = np.minimum(n_points - nonzero[..., ::-1].argmax(axis=-1), n_points - 1)
    return first, last


def collection_of(ax: Any, places: np.ndarray, values: np.ndarray, options: dict[str, Any]) -> LineCollection | None:
    """The active parts of many lines as one artist; None where there is no line.

    Of more than a thousand lines several make one path, with NaN between them.
    """
    if not len(values) or len(places) < 2:
        return None
    segments = [np.column_stack([places[start:end + 1], line[start:end + 1]])
                for start, end, line in zip(*active_part(values), values, strict=True)]
    if len(segments) > MANY:            # a path has its price, however short it is
        gap = np.full((1, 2), np.nan)
        segments = [np.concatenate([part for segment in segments[k:k + JOINED] for part in (segment, gap)])
                    for k in range(0, len(segments), JOINED)]
    lines = LineCollection(segments, **options)
    ax.add_collection(lines, autolim=False)
    ax.update_datalim([[places.min(), values.min()], [places.max(), values.max()]])
    return lines
