-- The workers know of a batch by this row only: a message of a paused batch takes no shard, and a shard in hand is let
-- go of. Dispatch reads the batch itself.
ALTER TABLE {schema}.validations ADD COLUMN paused boolean NOT NULL DEFAULT false;
