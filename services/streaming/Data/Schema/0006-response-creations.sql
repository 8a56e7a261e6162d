-- Which requests made a background response, so that a repeated POST finds it. A row is there before its response is;
-- it counts while its instance may still commit that. {schema} is replaced at start.
CREATE TABLE {schema}.response_creations (
    response_id uuid PRIMARY KEY,
    day date NOT NULL,
    -- The instance that was to make it.
    instance uuid NOT NULL,
    tenant text NOT NULL,
    -- SHA-256 of the body as received.
    body_hash bytea NOT NULL,
    idempotency_key text,
    -- Retry counts that were answered with this response, and when the gateway received those requests.
    answered int[] NOT NULL,
    answered_at timestamptz[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX response_creations_by_key ON {schema}.response_creations (tenant, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
CREATE INDEX response_creations_by_body ON {schema}.response_creations (tenant, body_hash, created_at)
    WHERE idempotency_key IS NULL;
CREATE INDEX response_creations_by_age ON {schema}.response_creations (created_at);
