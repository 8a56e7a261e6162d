-- How often the message of a validation became a dead letter: it is sent again, but not for ever.
ALTER TABLE {schema}.validations ADD COLUMN failures integer NOT NULL DEFAULT 0;
