-- The scheduler's own tables; files, shards and results are the batch store's. Times are those of the processes.

-- One row per batch: the saga's state and the resource that the API shows.
CREATE TABLE {schema}.batches (
    id                  uuid PRIMARY KEY,
    current_state       text NOT NULL,
    tenant              text NOT NULL,
    input_file_id       uuid NOT NULL,
    endpoint            text NOT NULL,
    completion_window   text NOT NULL,
    -- text, not jsonb: jsonb refuses \u0000 and forgets the order.
    metadata            text,
    created_at          timestamptz NOT NULL,
    expires_at          timestamptz NOT NULL,
    in_progress_at      timestamptz,
    finalizing_at       timestamptz,
    completed_at        timestamptz,
    failed_at           timestamptz,
    cancelled_at        timestamptz,
    cancel_requested_at timestamptz,
    input_errors        bigint NOT NULL,
    total_lines         bigint NOT NULL,
    completed_lines     bigint NOT NULL,
    failed_lines        bigint NOT NULL,
    prompt_tokens       bigint NOT NULL,
    completion_tokens   bigint NOT NULL,
    output_file_id      uuid,
    error_file_id       uuid,
    -- W3C traceparent of the request that created the batch: dispatch rounds continue it.
    trace_parent        text
);
CREATE INDEX batches_by_tenant ON {schema}.batches (tenant, created_at, id);
CREATE INDEX batches_in_progress ON {schema}.batches (created_at, id) WHERE current_state = 'InProgress';
-- Whether a file is in use.
CREATE INDEX batches_by_input ON {schema}.batches (input_file_id)
    WHERE current_state NOT IN ('Completed', 'Failed', 'Cancelled');

-- The bad lines of an input file that was refused, bounded.
CREATE TABLE {schema}.batch_errors (
    batch_id uuid NOT NULL,
    no       integer NOT NULL,
    line     bigint,
    code     text NOT NULL,
    message  text NOT NULL,
    param    text,
    PRIMARY KEY (batch_id, no)
);

-- Who asked for which batch: a repeated POST finds what the first one made.
CREATE TABLE {schema}.creations (
    batch_id        uuid PRIMARY KEY,
    tenant          text NOT NULL,
    body_hash       bytea NOT NULL,
    idempotency_key text,
    -- Retry counts that were answered with this batch; the first one made it.
    answered        integer[] NOT NULL,
    -- When the gateway received each of those requests.
    answered_at     timestamptz[] NOT NULL,
    created_at      timestamptz NOT NULL
);
CREATE UNIQUE INDEX creations_by_key ON {schema}.creations (tenant, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX creations_by_body ON {schema}.creations (tenant, body_hash, created_at);
CREATE INDEX creations_by_age ON {schema}.creations (created_at);
