-- What failed for good, from every origin, in one place. Lines are written by the statement that commits their page;
-- everything else by the scheduler.

-- What a line's dead letter says of its batch.
ALTER TABLE {schema}.validations ADD COLUMN tenant text;
ALTER TABLE {schema}.validations ADD COLUMN trace_id text;

CREATE TABLE {schema}.dead_letters (
    -- Time-ordered: the order of the list.
    id              uuid PRIMARY KEY,
    -- 0 line, 1 shard, 2 message.
    kind            smallint NOT NULL CHECK (kind BETWEEN 0 AND 2),
    -- 0 open, 1 claimed by a replay, 2 replayed.
    state           smallint NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 2),
    -- Null: of the infrastructure, or not known.
    tenant          text,
    code            text NOT NULL,
    message         text NOT NULL,
    attempts        integer NOT NULL,
    trace_id        text,
    created_at      timestamptz NOT NULL,
    payload_bytes   bigint NOT NULL,
    batch_id        uuid,
    shard_no        integer,
    -- 1-based physical line of the input file, and where its bytes are: the file is the payload, not a copy of it.
    line            integer,
    custom_id       text,
    blob_id         uuid,
    byte_offset     bigint,
    byte_length     integer,
    -- A message: the queue that it was for, and how it ended (0 error, 1 skipped, 2 undelivered, 3 outbox).
    queue           text,
    source          smallint CHECK (source BETWEEN 0 AND 3),
    message_type    text,
    message_id      uuid,
    content_type    text,
    -- JSON text, not jsonb: jsonb refuses \u0000.
    headers         text,
    -- Null when it was longer than what is kept.
    body            bytea,
    -- Makes a second delivery of the same message no second letter.
    fingerprint     bytea,
    -- The letter whose replay failed again; attempts count on from it.
    previous_id     uuid,
    replay_id       uuid,
    replayed_at     timestamptz,
    -- SHA-256 of the new body of an edited one.
    edit_hash       bytea,
    follow_up_batch uuid,
    follow_up_line  integer,
    CHECK (kind <> 0 OR (batch_id IS NOT NULL AND line IS NOT NULL))
);
CREATE INDEX dead_letters_by_tenant ON {schema}.dead_letters (tenant, id);
-- A line fails for good once.
CREATE UNIQUE INDEX dead_letters_by_line ON {schema}.dead_letters (batch_id, line);
CREATE UNIQUE INDEX dead_letters_by_fingerprint ON {schema}.dead_letters (fingerprint) WHERE fingerprint IS NOT NULL;
CREATE INDEX dead_letters_by_replay ON {schema}.dead_letters (replay_id) WHERE replay_id IS NOT NULL;
CREATE INDEX dead_letters_by_previous ON {schema}.dead_letters (previous_id) WHERE previous_id IS NOT NULL;
CREATE UNIQUE INDEX dead_letters_by_follow_up ON {schema}.dead_letters (follow_up_batch, follow_up_line)
    WHERE follow_up_batch IS NOT NULL;
