-- A deadline that passes while the input is read expires the batch at once; there is nothing left to remember.
ALTER TABLE {schema}.batches DROP COLUMN deadline_passed_at;
