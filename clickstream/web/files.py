"""Files from disk, kept in memory with their validators until they change."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG

from clickstream.errors import NotFound
from clickstream.web.compression import compress, is_text

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True)
class File:
    content: bytes
    gzipped: bytes | None
    media_type: str
    etag: str
    last_modified: str


def load(path: Path) -> File:
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):
            raise NotFound("There is no such page.")
        return _read(path, status.st_mtime_ns, status.st_size)
    except OSError as error:
        raise NotFound("There is no such page.") from error


def below(root: Path, segments: Sequence[str]) -> Path:
    """The path of `segments` inside `root`; NotFound for anything that could lead out of it or is hidden."""
    for unsafe_name in segments:
        if not unsafe_name or unsafe_name.startswith(".") or "/" in unsafe_name or "\\" in unsafe_name:
            raise NotFound("There is no such page.")
    path = root.joinpath(*segments)
    if not path.resolve().is_relative_to(root.resolve()):
        raise NotFound("There is no such page.")
    return path


@lru_cache(maxsize=256)
def _read(path: Path, modified_ns: int, size: int) -> File:
    """`modified_ns` and `size` are part of the cache key: a changed file is read again."""
    content = path.read_bytes()
    media_type = MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream")
    return File(
        content=content,
        gzipped=compress(content) if is_text(media_type) else None,
        media_type=media_type,
        etag=f'W/"{hashlib.sha256(content).hexdigest()[:20]}"',
        last_modified=formatdate(modified_ns // 10**9, usegmt=True),
    )
