# Lives here: files that are written whole or not at all. Independent of: what they hold.
"""Atomic writing of files."""
from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write the file completely or not at all; text as UTF-8."""
    target = path.resolve()
    draft = target.with_name(f".lassocore-{secrets.token_hex(6)}.tmp")
    try:
        with open(draft, "xb") as stream:
            stream.write(content.encode("utf-8") if isinstance(content, str) else content)
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            shutil.copymode(target, draft)
        os.replace(draft, target)
    except OSError as error:                # it names the draft
        raise type(error)(error.errno, error.strerror, str(path)) from error
    finally:
        draft.unlink(missing_ok=True)
