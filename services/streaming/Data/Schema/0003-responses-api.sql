-- What the Responses API adds to a response. {schema} is replaced at start.

-- The API that made it: Chat or Responses. Its events have that form.
ALTER TABLE {schema}.responses ADD COLUMN surface text NOT NULL DEFAULT 'Chat';

-- Nobody has to read it for it to go on.
ALTER TABLE {schema}.responses ADD COLUMN background boolean NOT NULL DEFAULT false;

-- False: kept only until its end and the resume window.
ALTER TABLE {schema}.responses ADD COLUMN store boolean NOT NULL DEFAULT true;

ALTER TABLE {schema}.responses ADD COLUMN deleted boolean NOT NULL DEFAULT false;

-- The request is kept for those that continue the conversation; another instance may go on with the answer only if:
ALTER TABLE {schema}.responses ADD COLUMN can_continue boolean NOT NULL DEFAULT false;

CREATE INDEX responses_to_forget ON {schema}.responses (ended_at)
    WHERE (deleted OR NOT store) AND state <> 'running';
