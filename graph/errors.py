"""Every failure a user can meet, as a tree; the exit code says which branch.

ClewError ─┬─ UsageError        2   the command cannot be meant so
           ├─ DataRefused       3   the data breaks a rule as a whole
           ├─ TooMuchQuarantined 4  finished, but too many rows were set aside
           ├─ AlertUndelivered 69   finished and published, but an alert could not be delivered yet
           ├─ StorageError     74   disk, permission, a damaged stored file
           └─ WorkspaceBusy    75   another run holds the workspace
"""

from typing import ClassVar


class ClewError(Exception):
    """One or two lines for a person: the thing at fault, then the remedy."""

    exit_code: ClassVar[int] = 1


class UsageError(ClewError):
    exit_code = 2


class DataRefused(ClewError):
    exit_code = 3


class TooMuchQuarantined(ClewError):
    exit_code = 4


class AlertUndelivered(ClewError):
    exit_code = 69  # EX_UNAVAILABLE of sysexits.h


class StorageError(ClewError):
    exit_code = 74


class WorkspaceBusy(ClewError):
    exit_code = 75
