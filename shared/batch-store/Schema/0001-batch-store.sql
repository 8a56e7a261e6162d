-- Files, their bytes, shards and result pages. Written by the scheduler (files, shards) and by the batch workers
-- (shards they hold, result pages). Every statement that locks several shards locks them in the order (batch_id, no).

CREATE TABLE {schema}.files (
    id          uuid PRIMARY KEY,
    tenant      text NOT NULL,
    purpose     text NOT NULL,
    filename    text NOT NULL,
    bytes       bigint NOT NULL,
    status      text NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz,
    deleted_at  timestamptz,
    -- When the bytes were removed; the row stays for a while, so that a list can be paged past it.
    purged_at   timestamptz,
    -- 0: the bytes are a blob; 1: a manifest, the bytes are the result pages of a batch.
    kind        smallint NOT NULL CHECK (kind IN (0, 1)),
    blob_id     uuid,
    batch_id    uuid,
    -- 0 output, 1 error; of a manifest only.
    result_kind smallint CHECK (result_kind IN (0, 1)),
    CHECK (kind <> 0 OR blob_id IS NOT NULL),
    CHECK (kind <> 1 OR (batch_id IS NOT NULL AND result_kind IS NOT NULL))
);
CREATE INDEX files_by_tenant ON {schema}.files (tenant, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX files_by_blob ON {schema}.files (blob_id) WHERE blob_id IS NOT NULL;
CREATE INDEX files_to_expire ON {schema}.files (expires_at) WHERE expires_at IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX files_to_purge ON {schema}.files (deleted_at) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
CREATE INDEX files_purged ON {schema}.files (purged_at) WHERE purged_at IS NOT NULL;
-- One output and one error file per batch: finalization may run twice.
CREATE UNIQUE INDEX files_by_batch ON {schema}.files (batch_id, result_kind) WHERE kind = 1;

-- Chunks of 1 MiB, the last one shorter. EXTERNAL keeps them uncompressed, so that a range is read without the rest.
CREATE TABLE {schema}.blob_chunks (
    blob_id uuid NOT NULL,
    no      integer NOT NULL,
    body    bytea NOT NULL,
    PRIMARY KEY (blob_id, no)
);
ALTER TABLE {schema}.blob_chunks ALTER COLUMN body SET STORAGE EXTERNAL;

-- Who validates a batch: a higher epoch fences an older validation.
CREATE TABLE {schema}.validations (
    batch_id uuid PRIMARY KEY,
    epoch    integer NOT NULL,
    -- The outcome is decided: every shard is cut, or the input is refused and has none.
    finished boolean NOT NULL DEFAULT false
);

CREATE TABLE {schema}.shards (
    batch_id          uuid NOT NULL,
    no                integer NOT NULL,
    blob_id           uuid NOT NULL,
    -- 1-based physical line of the input file.
    first_line        bigint NOT NULL,
    lines             integer NOT NULL,
    byte_offset       bigint NOT NULL,
    byte_length       bigint NOT NULL,
    -- 0 ready, 1 dispatched, 2 running, 3 done, 4 closed.
    state             smallint NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 4),
    epoch             integer NOT NULL DEFAULT 0,
    owner             uuid,
    suspect           boolean NOT NULL DEFAULT false,
    suspected_at      timestamptz,
    -- When the shard entered its state.
    changed_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempt           integer NOT NULL DEFAULT 0,
    completed         integer NOT NULL DEFAULT 0,
    failed            integer NOT NULL DEFAULT 0,
    prompt_tokens     bigint NOT NULL DEFAULT 0,
    completion_tokens bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (batch_id, no),
    CHECK ((state = 2) = (owner IS NOT NULL))
) WITH (fillfactor = 70);
CREATE INDEX shards_ready ON {schema}.shards (batch_id, no) WHERE state = 0;
CREATE INDEX shards_open ON {schema}.shards (batch_id) WHERE state < 3;
CREATE INDEX shards_dispatched ON {schema}.shards (changed_at) WHERE state = 1;
-- How many ended lately: what decides how much work the broker holds.
CREATE INDEX shards_done ON {schema}.shards (changed_at) WHERE state = 3;
CREATE INDEX shards_running ON {schema}.shards (owner) WHERE state = 2;

CREATE TABLE {schema}.result_pages (
    batch_id uuid NOT NULL,
    shard_no integer NOT NULL,
    page_no  integer NOT NULL,
    -- 0 output, 1 error.
    kind     smallint NOT NULL CHECK (kind IN (0, 1)),
    lines    integer[] NOT NULL,
    body     bytea NOT NULL,
    PRIMARY KEY (batch_id, kind, shard_no, page_no)
);
ALTER TABLE {schema}.result_pages ALTER COLUMN body SET STORAGE EXTERNAL;
