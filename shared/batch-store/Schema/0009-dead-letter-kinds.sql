-- Webhooks that were given up are dead letters too (kind 3): queue and message_type are the delivery's queue and event,
-- message_id is the delivery, body the event.
ALTER TABLE {schema}.dead_letters DROP CONSTRAINT dead_letters_kind_check;
ALTER TABLE {schema}.dead_letters ADD CONSTRAINT dead_letters_kind_check CHECK (kind BETWEEN 0 AND 3);

-- For the filters of the list, which is in the order of the ids, and for the sweep. With 100,000 letters a page by any
-- of them takes milliseconds; a search for text that hardly any has reads all of them, which takes half a second.
CREATE INDEX dead_letters_by_state ON {schema}.dead_letters (state, id);
CREATE INDEX dead_letters_by_batch ON {schema}.dead_letters (batch_id, id);
CREATE INDEX dead_letters_by_code ON {schema}.dead_letters (code, id);
CREATE INDEX dead_letters_by_age ON {schema}.dead_letters (created_at);
-- What lines, which are nearly all, do not have.
CREATE INDEX dead_letters_by_kind ON {schema}.dead_letters (kind, id) WHERE kind > 0;
CREATE INDEX dead_letters_by_queue ON {schema}.dead_letters (queue, id) WHERE queue IS NOT NULL;
CREATE INDEX dead_letters_with_type ON {schema}.dead_letters (id) WHERE message_type IS NOT NULL;
