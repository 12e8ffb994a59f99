"""What people type, made fit to store."""

from graph.errors import UsageError


def checked(text: str, what: str, most: int) -> str:
    """`text` without space around it. Raises UsageError where nothing is left, or too much."""
    kept = text.replace("\x00", "").encode("utf-8", "replace").decode().strip()  # PostgreSQL keeps neither NUL nor half a character
    if not kept or len(kept) > most:
        raise UsageError(f"{what} {'is empty' if not kept else 'is too long'}. Write 1 to {most:,} characters.")
    return kept
