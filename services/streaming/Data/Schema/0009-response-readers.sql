-- Readers of running responses at instances other than their owner, as those saw them within the last second. Lost with
-- the server, and made anew. {schema} is replaced at start.
CREATE UNLOGGED TABLE {schema}.response_readers (
    response_id uuid NOT NULL,
    instance uuid NOT NULL,
    readers int NOT NULL,
    -- Position of the reader that is furthest behind.
    slowest bigint NOT NULL,
    PRIMARY KEY (response_id, instance)
);
