-- Where tenants are told of the ends of their batches.
CREATE TABLE {schema}.webhooks (
    id          uuid PRIMARY KEY,
    tenant      text NOT NULL,
    name        text NOT NULL,
    url         text NOT NULL,
    event_types text[] NOT NULL,
    -- The key of its signatures; needed as it is for every delivery.
    secret      bytea NOT NULL,
    created_at  timestamptz NOT NULL
);
CREATE INDEX webhooks_by_tenant ON {schema}.webhooks (tenant, created_at, id);

-- One event for one webhook, from the transaction that made the batch's end known to the answer of its receiver.
CREATE TABLE {schema}.webhook_deliveries (
    id          uuid PRIMARY KEY,
    webhook_id  uuid NOT NULL REFERENCES {schema}.webhooks ON DELETE CASCADE,
    batch_id    uuid NOT NULL,
    event_type  text NOT NULL,
    -- When the batch ended.
    created_at  timestamptz NOT NULL,
    -- 0 pending, 1 delivered, 2 failed for good.
    state       smallint NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 2),
    attempts    integer NOT NULL DEFAULT 0,
    -- Of the last attempt: the status that the receiver answered with, or why there was none.
    last_status integer,
    last_error  text,
    attempted_at timestamptz,
    -- An event that is announced twice is one.
    UNIQUE (webhook_id, batch_id, event_type)
);
CREATE INDEX webhook_deliveries_by_age ON {schema}.webhook_deliveries (created_at);
