-- Pages in the order in which they can be handed out before a batch ends. A transaction's id says nothing about when it
-- commits, but one that is below every running transaction's has ended: what a reader took up to there never grows.
-- Pages of before this script stand first.
ALTER TABLE {schema}.result_pages ADD COLUMN written_in xid8 NOT NULL DEFAULT '0';
ALTER TABLE {schema}.result_pages ALTER COLUMN written_in SET DEFAULT pg_current_xact_id();
CREATE INDEX result_pages_written ON {schema}.result_pages (batch_id, kind, written_in, shard_no, page_no);
