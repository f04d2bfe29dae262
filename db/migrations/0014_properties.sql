-- Groups of properties (PROP-2): the account's own, and what it changed of built-in ones.
CREATE TABLE property_groups (
  object_type TEXT NOT NULL,
  name TEXT NOT NULL,
  label TEXT NOT NULL,
  position INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (object_type, name)
);

-- What is being brought up to date on records that are there: the values of a property that is computed, or that had an option
-- renamed. after_id is how far it is; a job goes on from there. The row stays when it is done, until the next one.
CREATE TABLE property_runs (
  object_type TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  args JSONB NOT NULL,
  after_id BIGINT NOT NULL,
  done BIGINT NOT NULL,
  total BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  finished_at BIGINT,
  PRIMARY KEY (object_type, name)
);
