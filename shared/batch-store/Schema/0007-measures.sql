-- What the workers measure, for forecasts: decayed sums of samples, by kind (0 seconds of a line by model, 1 lines that
-- a busy worker has in hand). A handful of rows, rewritten about once a second by each worker.
CREATE TABLE {schema}.measures (
    kind        smallint NOT NULL CHECK (kind IN (0, 1)),
    name        text NOT NULL,
    weight      double precision NOT NULL,
    total       double precision NOT NULL,
    squares     double precision NOT NULL,
    measured_at timestamptz NOT NULL,
    PRIMARY KEY (kind, name)
) WITH (fillfactor = 50);
