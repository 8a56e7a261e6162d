-- Calls for lines of the shard that a provider refused with 429, and when that was last told. While a provider limits
-- everything there are no pages, and so no retries on record; the worker adds these about once a second.
ALTER TABLE {schema}.shards
    ADD COLUMN limited_calls integer NOT NULL DEFAULT 0,
    ADD COLUMN limited_at    timestamptz;
