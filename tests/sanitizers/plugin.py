# Lives here: what pytest does differently under a memory check. Independent of: which check.
"""Array memory without NumPy's cache, a share of the tests, and the tests that cannot run; `-p sanitizers.plugin`."""
import os
import zlib

import pytest

PARTS = 1_000_000
CANNOT_RUN = {                      # parts of node ids, with reasons; only where a sanitizer takes malloc's place
    "api/test_allocations.py": "counts allocations by a library that takes malloc's place, as the sanitizer does",
}


def pytest_configure():
    """Let NumPy ask malloc for every array."""
    if os.environ.get("LASSOCORE_PLAIN_MEMORY"):
        import plain_memory

        plain_memory.use()


def chosen(node_id: str, share: float) -> bool:
    """Whether a test belongs to this share: the same tests in every run and every process."""
    return zlib.crc32(node_id.encode()) % PARTS < share * PARTS


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Leave out what is beyond the share or cannot run."""
    share = float(os.environ.get("LASSOCORE_SHARE", "1"))
    without = CANNOT_RUN if os.environ.get("LASSOCORE_PLAIN_MEMORY") else {}
    kept, left = [], []
    for item in items:
        runs = chosen(item.nodeid, share) and not any(part in item.nodeid for part in without)
        (kept if runs else left).append(item)
    items[:] = kept
    if left:
        config.hook.pytest_deselected(items=left)
