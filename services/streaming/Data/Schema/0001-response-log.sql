-- The log of model responses. Both tables are partitioned by the creation day, which is read from the time-ordered id,
-- so that the keys stay unique and old days leave as whole partitions. {schema} is replaced at start.

CREATE TABLE {schema}.responses (
    day date NOT NULL,
    id uuid NOT NULL,
    tenant text NOT NULL,
    model text NOT NULL,
    -- The instance that generates it; only that one, unfenced, may write.
    owner uuid NOT NULL,
    epoch int NOT NULL DEFAULT 0,
    -- running, completed, failed or cancelled.
    state text NOT NULL,
    -- What all its chunks begin with: {"id":…,"object":…,"created":…,"model":….
    head bytea NOT NULL,
    -- Number of its events; known at the end.
    events bigint,
    compacted boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    PRIMARY KEY (day, id)
) PARTITION BY RANGE (day);

CREATE INDEX responses_running ON {schema}.responses (owner) WHERE state = 'running';
CREATE INDEX responses_to_compact ON {schema}.responses (ended_at) WHERE state <> 'running' AND NOT compacted;

-- One row for what a response produced between two commits: count events from seq on, framed as LogFormat says.
CREATE TABLE {schema}.response_events (
    day date NOT NULL,
    response_id uuid NOT NULL,
    seq bigint NOT NULL,
    count int NOT NULL,
    format smallint NOT NULL,
    payload bytea NOT NULL,
    PRIMARY KEY (day, response_id, seq)
) PARTITION BY RANGE (day);
