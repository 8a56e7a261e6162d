-- Priority, deadline and pause of batches.

ALTER TABLE {schema}.batches
    -- 0 to 39, lower first; the tens are the class.
    ADD COLUMN priority smallint NOT NULL DEFAULT 25 CHECK (priority BETWEEN 0 AND 39),
    ADD COLUMN total_shards integer NOT NULL DEFAULT 0,
    ADD COLUMN paused_at timestamptz,
    -- Counts the changes that clients made.
    ADD COLUMN revision integer NOT NULL DEFAULT 0,
    -- The deadline passed before the batch could run or end.
    ADD COLUMN deadline_passed_at timestamptz,
    ADD COLUMN expired_at timestamptz,
    -- Cancels the message that is to come at the deadline.
    ADD COLUMN expiry_token uuid,
    -- Null for a batch without a deadline.
    ALTER COLUMN expires_at DROP NOT NULL;
DROP INDEX {schema}.batches_by_input;
CREATE INDEX batches_by_input ON {schema}.batches (input_file_id)
    WHERE current_state NOT IN ('Completed', 'Failed', 'Cancelled', 'Expired');
-- What a tenant has queued.
CREATE INDEX batches_queued ON {schema}.batches (tenant) WHERE current_state IN ('Validating', 'InProgress');

-- When a batch last had its turn at dispatch. Apart from batches, so that a round never waits for a saga's lock.
CREATE TABLE {schema}.batch_turns (
    batch_id  uuid PRIMARY KEY,
    served_at timestamptz NOT NULL,
    waited    interval NOT NULL
);
