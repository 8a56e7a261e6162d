-- A message that fails again is found by its id: its copies keep that, and not always the headers of what was replayed.
CREATE INDEX dead_letters_by_message ON {schema}.dead_letters (message_id) WHERE kind = 2;
