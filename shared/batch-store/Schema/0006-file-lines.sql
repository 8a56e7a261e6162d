-- Lines of an uploaded file, counted on its way in; null for a manifest, and for a file from before.
ALTER TABLE {schema}.files ADD COLUMN lines bigint;
