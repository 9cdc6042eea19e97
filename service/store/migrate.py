"""The schema, made and brought up to date by Alembic from the SQL files beside this module."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from string import Template

import sqlalchemy as sa
from alembic import command, op
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

TYPES = {
    "sqlite": {"flag": "INTEGER", "int64": "INTEGER", "instant": "TEXT", "blob": "BLOB", "float": "REAL", "strict": "STRICT"},
    "postgresql": {
        "flag": "BOOLEAN", "int64": "BIGINT", "instant": "TIMESTAMPTZ", "blob": "BYTEA", "float": "DOUBLE PRECISION", "strict": "",
    },
}  # fmt: skip
APPEND_ONLY = ("accounts", "txns", "entries", "audit", "versions", "documents")


def upgrade(engine: sa.Engine, to: str = "head") -> None:
    """Make the schema, or bring it up to date; safe to call at every start and from several processes at once."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('tongzhou-migrate'))"))
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def revision(engine: sa.Engine) -> str | None:
    """The revision the database is at; None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """The revision of this version of the program."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    assert found is not None
    return found


def run_file(name: str) -> None:
    """Run the statements of an SQL file in the current migration; statements are divided by blank lines."""
    dialect = op.get_bind().dialect.name
    folder = resources.files("tongzhou.service.store") / "sql"
    file = folder / f"{name}.sql"
    if not file.is_file():
        file = folder / f"{name}.{dialect}.sql"
    text = Template(file.read_text(encoding="utf-8")).substitute(TYPES[dialect], append_only=_append_only(dialect))
    for statement in text.split("\n\n"):
        if statement.strip():
            raw = statement.strip()
            op.get_bind().exec_driver_sql(
                raw.replace("%", "%%") if dialect == "postgresql" else raw
            )  # psycopg's placeholders


def _append_only(dialect: str) -> str:
    """Triggers that refuse every change and every emptying of the tables of record on PostgreSQL."""
    if dialect != "postgresql":
        return ""
    rows = [
        f"CREATE TRIGGER {name}_kept BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION append_only()"
        for name in APPEND_ONLY
    ]
    whole = [
        f"CREATE TRIGGER {name}_whole BEFORE TRUNCATE ON {name} FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        for name in APPEND_ONLY
    ]
    return "\n\n".join([*rows, *whole])


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
