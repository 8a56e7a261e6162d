-- The first forecast of each kind (class, and how far ahead) for a batch, until it has ended: what it is compared with.
CREATE TABLE {schema}.forecast_marks (
    batch_id uuid NOT NULL,
    class    smallint NOT NULL,
    horizon  smallint NOT NULL,
    made_at  timestamptz NOT NULL,
    -- Foretold time to the end, without what errors have taught.
    seconds  double precision NOT NULL,
    PRIMARY KEY (batch_id, class, horizon)
);

-- What became of them: a histogram of real by foretold time for each kind, in which older samples count less.
CREATE TABLE {schema}.forecast_errors (
    class   smallint NOT NULL,
    horizon smallint NOT NULL,
    weights double precision[] NOT NULL,
    PRIMARY KEY (class, horizon)
);
