"""Bring a database to the tables that this version needs: in one transaction, so that a kill leaves it as it was."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import inspect

from app.database.engine import Database
from graph.errors import DataRefused

_MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(database: Database) -> None:
    """Migrate to the newest revision; does nothing when it is there. Raises DataRefused for tables of a newer version, StorageError."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with database.write() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise DataRefused(f"{database.name}: was written by a newer version of Clew ({error}). Install that version.") from error


def is_made(database: Database) -> bool:
    """Are there tables yet?"""
    with database.read() as connection:
        return inspect(connection).has_table("audit")
