-- What a shard has been through: attempts and their causes, quarantine, parking; and the order of its results.

ALTER TABLE {schema}.shards
    -- Why it last came back to the table without being done: a word, and for an error its text.
    ADD COLUMN cause        text,
    -- A page was committed since the shard was last taken.
    ADD COLUMN progressed   boolean NOT NULL DEFAULT false,
    -- How often its worker died, or stopped answering, without having committed a page of it.
    ADD COLUMN unclean_ends integer NOT NULL DEFAULT 0,
    -- Quarantine: the line in hand or last tried, whether it is in hand, how often its process ended with it.
    ADD COLUMN trial_line   bigint,
    ADD COLUMN trial_open   boolean NOT NULL DEFAULT false,
    ADD COLUMN trial_ends   integer NOT NULL DEFAULT 0,
    -- Runs in a row that ended with an error of ours and without a page.
    ADD COLUMN failures     integer NOT NULL DEFAULT 0,
    -- Attempts at its lines after their first, and why the last of them was needed.
    ADD COLUMN retries      integer NOT NULL DEFAULT 0,
    ADD COLUMN retry_cause  text,
    -- Ready, but not to be dispatched before; with parked_by because this provider is down or refuses.
    ADD COLUMN ready_after  timestamptz,
    ADD COLUMN parked_by    text,
    -- It was parked, and came back because the provider answers again.
    ADD COLUMN back         boolean NOT NULL DEFAULT false,
    -- How often it was parked since its last page.
    ADD COLUMN parks        integer NOT NULL DEFAULT 0;
CREATE INDEX shards_put_off ON {schema}.shards (batch_id) WHERE state = 0 AND ready_after IS NOT NULL;

-- The rest of a shard that was split has a number of its own; its results stay in the order of the input.
CREATE INDEX shards_in_order ON {schema}.shards (batch_id, first_line, no);
