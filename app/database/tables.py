"""The tables, as of the newest migration. Times are ISO 8601 text in UTC: the same on both databases, and they sort."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

_NAME, _TIME, _WORD = String(64), String(40), String(40)


def _user(name: str, *, required: bool = True) -> Column[str]:
    return Column(name, _NAME, ForeignKey("users.name"), nullable=not required)


def _case() -> Column[int]:
    return Column("case_id", Integer, ForeignKey("cases.id"), nullable=False, index=True)


# `password`: argon2, null for who signs in elsewhere. `subject`: what the OIDC provider calls them. `demo`: signs in by one click.
users = Table(
    "users",
    metadata,
    Column("name", _NAME, primary_key=True),
    Column("role", _WORD, nullable=False),
    Column("password", Text),
    Column("subject", String(320), unique=True),
    Column("demo", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", _TIME, nullable=False),
)

# Who is signed in. `digest`: SHA-256 of the cookie; whoever reads this table cannot act with it.
sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("user_name", _NAME, ForeignKey("users.name"), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", _TIME, nullable=False),
    Column("seen_at", _TIME, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("title", String(200), nullable=False),
    Column("cluster_id", String(64), nullable=False, index=True),
    Column("status", _WORD, nullable=False),
    _user("assignee", required=False),
    _user("opened_by"),
    Column("opened_at", _TIME, nullable=False),
    Column("changed_at", _TIME, nullable=False),
)
_still_open = cases.c.status != "closed"
Index("one_open_case_per_cluster", cases.c.cluster_id, unique=True, sqlite_where=_still_open, postgresql_where=_still_open)

tags = Table(
    "tags",
    metadata,
    Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
    Column("tag", _WORD, primary_key=True),
)

notes = Table(
    "notes",
    metadata,
    Column("id", Integer, primary_key=True),
    _case(),
    _user("by"),
    Column("at", _TIME, nullable=False),
    Column("text", Text, nullable=False),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", Integer, primary_key=True),
    _case(),
    _user("by"),
    Column("at", _TIME, nullable=False),
    Column("text", Text, nullable=False),
    _user("done_by", required=False),
    Column("done_at", _TIME),
)

# What was proposed and decided on a case. What holds stands in the workspace's decisions.jsonl under `number`.
decisions = Table(
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    _case(),
    Column("kind", _WORD, nullable=False),
    Column("targets", Text, nullable=False),  # JSON
    Column("apart", Text, nullable=False),  # JSON
    Column("reason", Text, nullable=False),
    Column("counter", Text, nullable=False),  # counter-evidence considered
    Column("state", _WORD, nullable=False),
    _user("proposed_by"),
    Column("proposed_at", _TIME, nullable=False),
    _user("decided_by", required=False),
    Column("decided_at", _TIME),
    Column("number", Integer),
)

# Only ever added to (triggers refuse the rest); `digest` covers the row and the digest of the row before.
audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", _TIME, nullable=False),
    Column("actor", _NAME, nullable=False),
    Column("action", _WORD, nullable=False),
    Column("case_id", Integer, index=True),
    Column("detail", Text, nullable=False),  # JSON
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
)
