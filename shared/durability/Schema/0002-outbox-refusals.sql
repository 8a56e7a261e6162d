-- Attempts that were the message's own fault: a row that waits for its queue, or for the broker, must not come near its
-- burial by waiting.
ALTER TABLE {schema}.outbox ADD COLUMN refusals int NOT NULL DEFAULT 0;
