-- A provider that answers 500 may be down, or may be asked for something that it cannot do. After so many parks in a
-- row for nothing but that the answers are taken for the lines' own, in all shards of the batch.
ALTER TABLE {schema}.shards
    -- Parks in a row because of answers 500, since its last page.
    ADD COLUMN error_parks integer NOT NULL DEFAULT 0,
    ADD COLUMN owns_errors boolean NOT NULL DEFAULT false;
CREATE INDEX shards_own_errors ON {schema}.shards (batch_id) WHERE owns_errors;
