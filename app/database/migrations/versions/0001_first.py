"""Users, sessions, cases with notes, tags, tasks and decisions, and the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NAME, _TIME, _WORD = sa.String(64), sa.String(40), sa.String(40)


def _user(name: str, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, _NAME, sa.ForeignKey("users.name"), nullable=nullable)


def _case() -> "sa.Column[int]":
    return sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id"), nullable=False, index=True)


def upgrade() -> None:
    """Make the tables, and the triggers that keep the audit log as it was written."""
    _people()
    _cases()
    _work()
    _audit()


def _people() -> None:
    op.create_table(
        "users",
        sa.Column("name", _NAME, primary_key=True),
        sa.Column("role", _WORD, nullable=False),
        sa.Column("password", sa.Text),
        sa.Column("subject", sa.String(320), unique=True),
        sa.Column("demo", sa.Boolean, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("user_name", _NAME, sa.ForeignKey("users.name"), nullable=False, index=True),
        sa.Column("csrf", sa.String(64), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
    )


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("cluster_id", sa.String(64), nullable=False, index=True),
        sa.Column("status", _WORD, nullable=False),
        _user("assignee", nullable=True),
        _user("opened_by"),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
    )
    still_open = sa.text("status <> 'closed'")
    op.create_index("one_open_case_per_cluster", "cases", ["cluster_id"], unique=True, sqlite_where=still_open, postgresql_where=still_open)
    op.create_table(
        "tags",
        sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id"), primary_key=True),
        sa.Column("tag", _WORD, primary_key=True),
    )


def _written() -> "tuple[sa.Column[int] | sa.Column[str], ...]":
    text = (sa.Column("at", _TIME, nullable=False), sa.Column("text", sa.Text, nullable=False))
    return (sa.Column("id", sa.Integer, primary_key=True), _case(), _user("by"), *text)


def _work() -> None:
    op.create_table("notes", *_written())
    op.create_table("tasks", *_written(), _user("done_by", nullable=True), sa.Column("done_at", _TIME))
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer, primary_key=True),
        _case(),
        sa.Column("kind", _WORD, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("targets", "apart", "reason", "counter")),
        sa.Column("state", _WORD, nullable=False),
        _user("proposed_by"),
        sa.Column("proposed_at", _TIME, nullable=False),
        _user("decided_by", nullable=True),
        sa.Column("decided_at", _TIME),
        sa.Column("number", sa.Integer),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("actor", _NAME, nullable=False),
        sa.Column("action", _WORD, nullable=False),
        sa.Column("case_id", sa.Integer, index=True),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit BEGIN SELECT RAISE(ABORT, '{_ONLY_ADDED}'); END")
        return
    op.execute(
        f"CREATE FUNCTION audit_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{_ONLY_ADDED}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_only_added_to()"
    )


_ONLY_ADDED = "the audit log is only added to"


def downgrade() -> None:
    """There is no way back: an audit log is not dropped."""
    raise NotImplementedError("Restore the backup from before the upgrade.")
