"""Payment terms: calendar days after the invoice date."""

from arbill_app.kernel.problems import BadValue, Problem

USUAL = (0, 7, 15, 30, 45, 60, 90)


def write(days: int) -> str:
    return "Due on receipt" if days == 0 else f"Net {days}"


def parse(choice: str, custom: str) -> int | None:
    """What the form says: "" inherits (None), "30" is Net 30, "custom" reads the days typed beside it."""
    if choice == "":
        return None
    typed = (custom if choice == "custom" else choice).strip()
    if not typed.isdecimal() or not 0 <= int(typed) <= 365:
        raise BadValue(Problem("terms.out_of_range"))
    return int(typed)
