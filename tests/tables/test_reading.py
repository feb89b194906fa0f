# Lives here: tests of reading options as plain values and as words of messages. Independent of: files.
"""Options are described by plain values, and messages name them as the caller spells them."""
from __future__ import annotations

import pytest

from lassocore.tables.columns import TableError
from lassocore.tables.reading import Reading, as_arguments

MESSAGES = {
    "give --drop id to leave it out": "give drop=['id'] to leave it out",
    "--text 'row id' for a category": "text=['row id'] for a category",
    "give --na '?' if that means": "give na=['?'] if that means",
    "--decimal , if the comma": "decimal=',' if the comma",
    "--sep is '::'; use one character": "sep is '::'; use one character",
    "with --date-format unless they": "with date_format unless they",
    "give --date-format, such as %d": "give date_format, such as %d",
    "leave columns out with --drop": "leave columns out with drop",
    """--na 'it'"'"'s' if that""": """na=["it's"] if that""",
    "no option": "no option",
}


@pytest.mark.parametrize("message", MESSAGES)
def test_options_are_spelled_as_arguments(message):
    assert as_arguments(message) == MESSAGES[message]


def test_readings_are_plain_values():
    reading = Reading(na=("?",), decimal=",", dates=("d",), sep=";")
    assert Reading.from_dict(reading.to_dict()) == reading
    with pytest.raises(TableError, match="invalid entry 'na'"):
        Reading.from_dict({**reading.to_dict(), "na": [1]})
