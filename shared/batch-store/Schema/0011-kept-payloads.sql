-- What a dead letter needs is not removed before it: the input file of a line, the delivery of a webhook.
CREATE INDEX dead_letters_by_blob ON {schema}.dead_letters (blob_id, state) WHERE blob_id IS NOT NULL;
CREATE INDEX dead_letters_by_delivery ON {schema}.dead_letters (message_id) WHERE kind = 3;
