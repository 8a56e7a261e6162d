-- The dead letter that a delivery was tried again for: what fails then names it.
ALTER TABLE {schema}.webhook_deliveries ADD COLUMN letter_id uuid;
