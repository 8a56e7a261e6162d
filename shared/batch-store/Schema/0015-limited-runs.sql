-- A rate limit costs a line no attempt: when it has waited long enough it goes back with its shard, but not for ever.
ALTER TABLE {schema}.shards
    -- Runs in a row, since its last page, that gave a line back so.
    ADD COLUMN limited_runs integer NOT NULL DEFAULT 0;
