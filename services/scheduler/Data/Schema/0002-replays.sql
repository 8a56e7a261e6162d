-- A batch of the failed lines of another one.
ALTER TABLE {schema}.batches ADD COLUMN replay_of uuid;

-- Dead letters that are sent again together. They are claimed when it is made; it goes on until none is left.
CREATE TABLE {schema}.dead_letter_replays (
    id               uuid PRIMARY KEY,
    -- Null: an operator's.
    tenant           text,
    -- Of the dry run before it: the same request finds it again.
    token            uuid,
    -- 0 running, 1 completed, 2 stopped.
    state            smallint NOT NULL CHECK (state BETWEEN 0 AND 2),
    letters          integer NOT NULL,
    replayed         integer NOT NULL,
    already_replayed integer NOT NULL,
    skipped          integer NOT NULL,
    -- Letters per second; null for as fast as they go.
    rate             integer,
    stop_after       integer NOT NULL,
    stopped_because  text,
    created_at       timestamptz NOT NULL,
    -- When its next step is due; in the future also while somebody is at it.
    next_at          timestamptz NOT NULL
);
CREATE UNIQUE INDEX dead_letter_replays_by_token ON {schema}.dead_letter_replays (token) WHERE token IS NOT NULL;
CREATE INDEX dead_letter_replays_due ON {schema}.dead_letter_replays (next_at) WHERE state = 0;
CREATE INDEX dead_letter_replays_by_age ON {schema}.dead_letter_replays (created_at);
