-- The kernel's own tables: what happened, and what is to be done.

-- What happened, one row an event, in the order it happened. Reactors, webhooks, the timeline and browsers read it by id.
CREATE TABLE events (
  id BIGINT PRIMARY KEY,
  type TEXT NOT NULL,
  object_type TEXT NOT NULL,
  object_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id BIGINT NOT NULL,
  cause_id BIGINT NOT NULL,
  depth INTEGER NOT NULL,
  data JSONB NOT NULL
);
CREATE INDEX events_object ON events (object_type, object_id, id);

-- What is to be done, at least once. A row that succeeded is deleted, one that gave up is 'dead' and stays until retried.
-- args is text: JSONB refuses the NUL that a stranger's text may hold.
CREATE TABLE jobs (
  id BIGINT PRIMARY KEY,
  kind TEXT NOT NULL,
  key TEXT,
  serial TEXT,
  turn BIGINT NOT NULL, -- the place in its series; ids of several nodes do not tell who came first
  args TEXT NOT NULL,
  state TEXT NOT NULL, -- ready, running, dead
  due BIGINT NOT NULL,
  attempt INTEGER NOT NULL,
  lease_owner BIGINT, -- the runner, a number of its own each time a process starts
  lease_node INTEGER,
  lease_until BIGINT,
  created_at BIGINT NOT NULL,
  failed_at BIGINT,
  error TEXT
);
-- One waiting and one running job may have the key: a job enqueued while its twin runs sees what changed meanwhile.
CREATE UNIQUE INDEX jobs_key ON jobs (kind, key, state) WHERE key IS NOT NULL AND state <> 'dead';
CREATE INDEX jobs_due ON jobs (kind, due, id) WHERE state = 'ready';
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE state = 'running';
CREATE INDEX jobs_serial ON jobs (serial, turn, id) WHERE serial IS NOT NULL AND state <> 'dead';
CREATE UNIQUE INDEX jobs_serial_running ON jobs (serial) WHERE serial IS NOT NULL AND state = 'running';
CREATE INDEX jobs_dead ON jobs (id) WHERE state = 'dead';
