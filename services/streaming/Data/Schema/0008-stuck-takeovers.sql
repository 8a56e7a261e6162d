-- Takeovers in a row from instances that ended uncleanly, between which the response did not last for
-- Streaming:TakeoverProbation: it may be what ended them. {schema} is replaced at start.
ALTER TABLE {schema}.responses ADD COLUMN stuck int NOT NULL DEFAULT 0;
