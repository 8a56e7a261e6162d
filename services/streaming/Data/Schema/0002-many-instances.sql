-- What responses need that several instances have a hand in. {schema} is replaced at start.

-- The request, while the response runs; null when its provider cannot go on with an answer.
ALTER TABLE {schema}.responses ADD COLUMN request bytea;

-- How often it was taken over from an instance that ended uncleanly.
ALTER TABLE {schema}.responses ADD COLUMN takeovers int NOT NULL DEFAULT 0;

-- Asked for at an instance that is not its owner, which looks for such.
ALTER TABLE {schema}.responses ADD COLUMN cancel_requested boolean NOT NULL DEFAULT false;

CREATE INDEX responses_to_cancel ON {schema}.responses (owner) WHERE state = 'running' AND cancel_requested;

-- When a reader at another instance than the owner was last there.
ALTER TABLE {schema}.responses ADD COLUMN followed_at timestamptz;
