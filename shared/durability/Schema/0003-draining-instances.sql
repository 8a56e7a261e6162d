-- An instance that takes no more work says so, and others do not hand theirs over to it.
ALTER TABLE {schema}.instances ADD COLUMN draining boolean NOT NULL DEFAULT false;
