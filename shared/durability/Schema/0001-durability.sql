-- Rows are inserted, claimed once or twice, and deleted within milliseconds: free space in the page lets a claim stay
-- on it (a HOT update, as no claimed column is indexed), and vacuum has to come after a number of rows, not after a
-- share.
CREATE TABLE {schema}.outbox (
    id           uuid        NOT NULL PRIMARY KEY,
    destination  text        NOT NULL,
    message_id   uuid        NOT NULL,
    message_type text        NOT NULL,
    content_type text        NOT NULL,
    headers      bytea       NOT NULL,
    body         bytea       NOT NULL,
    schedule_id  uuid,
    created_at   timestamptz NOT NULL DEFAULT now(),
    deliver_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz,
    attempts     int         NOT NULL DEFAULT 0,
    locked_until timestamptz,
    token        uuid,
    last_error   text
) WITH (
    fillfactor = 60,
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 50000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 20000,
    autovacuum_vacuum_cost_delay = 1
);

-- Rows that failed before are claimed apart, so that they never stand in front of the others.
CREATE INDEX outbox_due ON {schema}.outbox (deliver_at, id) WHERE attempts = 0;
CREATE INDEX outbox_suspect ON {schema}.outbox (deliver_at, id) WHERE attempts > 0;
CREATE INDEX outbox_schedule ON {schema}.outbox (schedule_id) WHERE schedule_id IS NOT NULL;

-- Rows that were given up, with the last cause. They stay until somebody looks at them.
CREATE TABLE {schema}.outbox_dead (
    id           uuid        NOT NULL PRIMARY KEY,
    destination  text        NOT NULL,
    message_id   uuid        NOT NULL,
    message_type text        NOT NULL,
    content_type text        NOT NULL,
    headers      bytea       NOT NULL,
    body         bytea       NOT NULL,
    created_at   timestamptz NOT NULL,
    attempts     int         NOT NULL,
    last_error   text,
    died_at      timestamptz NOT NULL DEFAULT now()
);

-- One row per message and consumer that has consumed it, written in the consumer's own transaction.
CREATE TABLE {schema}.inbox (
    message_id  uuid        NOT NULL,
    consumer    uuid        NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (message_id, consumer)
) WITH (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 100000,
    autovacuum_vacuum_cost_delay = 1
);

CREATE INDEX inbox_received ON {schema}.inbox (received_at);

-- One row per process incarnation; the counter moves about twice a second.
CREATE TABLE {schema}.instances (
    id         uuid        NOT NULL PRIMARY KEY,
    service    text        NOT NULL,
    address    text        NOT NULL DEFAULT '',
    renewals   bigint      NOT NULL DEFAULT 0,
    fenced     boolean     NOT NULL DEFAULT false,
    started_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
