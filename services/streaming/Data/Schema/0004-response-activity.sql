-- What running responses do, as their instance saw it within the last second. Lost with the server, and made anew.
-- {schema} is replaced at start.
CREATE UNLOGGED TABLE {schema}.response_activity (
    response_id uuid PRIMARY KEY,
    instance uuid NOT NULL,
    events bigint NOT NULL,
    readers int NOT NULL,
    tokens bigint NOT NULL,
    -- Tokens a second.
    rate double precision NOT NULL,
    -- Position of the reader that is furthest behind.
    slowest bigint
);

CREATE INDEX responses_of_tenant ON {schema}.responses (tenant, day DESC, id DESC);
