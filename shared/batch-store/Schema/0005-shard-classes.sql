-- Class at which a shard was last dispatched: whose queue and window it is in. 0 critical, 1 high, 2 normal, 3 low.
ALTER TABLE {schema}.shards ADD COLUMN class smallint NOT NULL DEFAULT 2 CHECK (class BETWEEN 0 AND 3);
