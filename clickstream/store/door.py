"""The door of the store: pymongo's errors stop here and leave as ours."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any, ParamSpec, TypeVar

from bson.errors import InvalidDocument, InvalidStringData
from pymongo.errors import (
    DuplicateKeyError,
    ExecutionTimeout,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)

from clickstream.errors import Conflict, DatabaseUnavailable, InvalidInput

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C", bound=type)

_TRANSLATED = (PyMongoError, InvalidDocument, InvalidStringData)
_OUT_OF_DISK = 14031


def translated(cls: C) -> C:
    """Class decorator: every public method raises our errors instead of pymongo's."""
    for name, member in list(vars(cls).items()):
        if inspect.isfunction(member) and not name.startswith("_"):
            setattr(cls, name, _stream(member) if inspect.isgeneratorfunction(member) else _call(member))
    return cls


def _call(method: Callable[P, R]) -> Callable[P, R]:
    @functools.wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(*args, **kwargs)
        except _TRANSLATED as error:
            raise _ours(error) from error

    return call


def _stream(method: Callable[P, Iterator[Any]]) -> Callable[P, Iterator[Any]]:
    @functools.wraps(method)
    def stream(*args: P.args, **kwargs: P.kwargs) -> Iterator[Any]:
        try:
            yield from method(*args, **kwargs)
        except _TRANSLATED as error:
            raise _ours(error) from error

    return stream


def _ours(error: Exception) -> Exception:
    match error:
        case DuplicateKeyError():
            return Conflict("This already exists.")
        case InvalidDocument() | InvalidStringData():
            return InvalidInput("The database cannot store this value.")
        case OperationFailure(code=code) if code == _OUT_OF_DISK:
            return DatabaseUnavailable("The database's disk is full; nothing was stored.")
        case OperationFailure() if not isinstance(error, ExecutionTimeout | WTimeoutError | NotPrimaryError):
            return error  # a wrong command is our mistake, not the database's absence
        case _:
            return DatabaseUnavailable()
