-- Batches that are created again and again. When each is due is in the tables of Quartz (qrtz_…), which it makes
-- itself; a trigger there whose schedule is not here any more removes itself.
CREATE TABLE {schema}.schedules (
    id             uuid PRIMARY KEY,
    tenant         text NOT NULL,
    -- As the client wrote it.
    cron           text NOT NULL,
    -- Id in the IANA database.
    time_zone      text NOT NULL,
    -- What becomes of fires that nobody was there for: skip, run_once.
    misfire_policy text NOT NULL,
    -- The body of the request, which holds the members of a batch; what it means is checked at every fire.
    request        text NOT NULL,
    created_at     timestamptz NOT NULL
);
CREATE INDEX schedules_by_tenant ON {schema}.schedules (tenant, created_at, id);

-- What came of each fire: a batch, or why there is none.
CREATE TABLE {schema}.schedule_fires (
    schedule_id uuid NOT NULL REFERENCES {schema}.schedules ON DELETE CASCADE,
    fire_at     timestamptz NOT NULL,
    batch_id    uuid,
    error       text,
    PRIMARY KEY (schedule_id, fire_at)
);
