-- What an instance has committed and not yet written to the rows of its responses: one row for each group commit, for
-- a fraction of a second. {schema} is replaced at start.
CREATE TABLE {schema}.response_journal (
    instance uuid NOT NULL,
    -- Counted up by the instance.
    no bigint NOT NULL,
    format smallint NOT NULL,
    -- Entry by entry what a row of response_events holds.
    days date[] NOT NULL,
    ids uuid[] NOT NULL,
    seqs bigint[] NOT NULL,
    counts int[] NOT NULL,
    payloads bytea[] NOT NULL,
    PRIMARY KEY (instance, no)
);

-- Moved out of the row only where a page cannot hold it; the ids do not compress.
ALTER TABLE {schema}.response_journal SET (toast_tuple_target = 8160);
ALTER TABLE {schema}.response_journal
    ALTER COLUMN days SET STORAGE EXTERNAL,
    ALTER COLUMN ids SET STORAGE EXTERNAL,
    ALTER COLUMN seqs SET STORAGE EXTERNAL,
    ALTER COLUMN counts SET STORAGE EXTERNAL,
    ALTER COLUMN payloads SET STORAGE EXTERNAL;

-- Every row is dead within a second.
ALTER TABLE {schema}.response_journal SET (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0,
    toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 50000,
    toast.autovacuum_vacuum_cost_delay = 0);
