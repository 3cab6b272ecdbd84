"""What all tables have in common."""

from sqlalchemy import BigInteger, Integer, MetaData, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts up only a column that is exactly an INTEGER PRIMARY KEY.
COUNTED = BigInteger().with_variant(Integer(), "sqlite")
IS_WAITING = text("due_at IS NOT NULL")
IS_PARKED = text("parked_at IS NOT NULL")
