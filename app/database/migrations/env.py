"""Alembic's entry: migrate on the connection that app.database.upgrade hands over, all steps in its one transaction."""

from alembic import context

from app.database.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True, transaction_per_migration=False)
context.run_migrations()
