"""Tables whose rows are only ever added, by triggers of both databases (migrations 0007 and 0021).

On SQLite also `INSERT OR REPLACE` is refused, on PostgreSQL TRUNCATE. Whoever owns the database can drop a trigger.
"""

FOR_EVER = ("activity", "allocation", "auto_pay_change")
# A row is never changed; retention.py deletes those that are old enough.
FOR_LONG = ("gateway_event", "security_event")
