-- When retry_cause was written, so that of all shards of a batch the newest one is known; null before the first, and
-- for one of before this script.
ALTER TABLE {schema}.shards ADD COLUMN retried_at timestamptz;
