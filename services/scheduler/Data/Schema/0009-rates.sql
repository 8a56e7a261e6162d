-- Two marks of how many lines had a result when: the rate shown is counted from the older one. The newer takes its
-- place when it is 15 s old, so that a rate is of the last 15 to 30 s.
ALTER TABLE {schema}.batch_forecasts
    ADD COLUMN rate_from       timestamptz,
    ADD COLUMN rate_from_lines bigint,
    ADD COLUMN rate_next       timestamptz,
    ADD COLUMN rate_next_lines bigint;
