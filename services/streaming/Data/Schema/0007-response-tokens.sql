-- Chunks with content that the provider had sent when the response ended; null while it runs, and where another
-- instance ended it. {schema} is replaced at start.
ALTER TABLE {schema}.responses ADD COLUMN tokens bigint;
