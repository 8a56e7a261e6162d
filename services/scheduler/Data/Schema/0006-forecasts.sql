-- When batches are expected to end. Apart from batches, so that a forecast never waits for a saga's lock.
CREATE TABLE {schema}.batch_forecasts (
    batch_id       uuid PRIMARY KEY,
    made_at        timestamptz NOT NULL,
    earliest       timestamptz NOT NULL,
    expected       timestamptz NOT NULL,
    latest         timestamptz NOT NULL,
    -- Since when it would miss its deadline if it did not go first; null while it would not.
    at_risk_since  timestamptz,
    -- It goes first in its class.
    raised         boolean NOT NULL,
    -- The first forecast, which the real end is compared with.
    first_made_at  timestamptz NOT NULL,
    first_expected timestamptz NOT NULL,
    -- The real end minus the first forecast; of a completed batch only.
    error          interval,
    ended          boolean NOT NULL DEFAULT false
) WITH (fillfactor = 50);
CREATE INDEX batch_forecasts_open ON {schema}.batch_forecasts (batch_id) WHERE NOT ended;
