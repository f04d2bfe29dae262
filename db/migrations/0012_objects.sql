-- Records of every object type without a table of its own: deals, notes, tasks, calls, e-mails, meetings, users, and the
-- account's own types. What a column holds is its type's matter: name is what a record is called, occurred_at when it happened.

CREATE TABLE objects (
-- sqlite
  id INTEGER PRIMARY KEY,
-- end
-- postgres
  id BIGINT PRIMARY KEY,
-- end
-- sqlite
  object_type TEXT NOT NULL,
  name TEXT,
  pipeline_id TEXT,
  stage_id TEXT,
-- end
-- postgres
  object_type TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C",
  pipeline_id TEXT COLLATE "C",
  stage_id TEXT COLLATE "C",
-- end
  owner_id BIGINT,
  team_id BIGINT,
  occurred_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  archived_at BIGINT,
  props JSONB NOT NULL
);
CREATE INDEX objects_living ON objects (object_type, id) WHERE archived_at IS NULL;
CREATE INDEX objects_name ON objects (object_type, name, id) WHERE name IS NOT NULL AND archived_at IS NULL;
CREATE INDEX objects_stage ON objects (object_type, pipeline_id, stage_id, id) WHERE stage_id IS NOT NULL AND archived_at IS NULL;
CREATE INDEX objects_owner ON objects (object_type, owner_id, id) WHERE owner_id IS NOT NULL AND archived_at IS NULL;
CREATE INDEX objects_occurred ON objects (object_type, occurred_at DESC, id DESC) WHERE occurred_at IS NOT NULL AND archived_at IS NULL;
CREATE INDEX objects_created ON objects (object_type, created_at DESC, id DESC) WHERE archived_at IS NULL;
CREATE INDEX objects_updated ON objects (object_type, updated_at DESC, id DESC) WHERE archived_at IS NULL;
CREATE INDEX objects_trash ON objects (object_type, archived_at, id) WHERE archived_at IS NOT NULL;

-- sqlite
-- As for tickets (0003): a type's records are found by the type first, in the order that is asked for.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('objects', 'objects_living', '1000000 100000 1'),
  ('objects', 'objects_name', '1000000 100000 2 1'),
  ('objects', 'objects_stage', '100000 50000 50000 5000 1'),
  ('objects', 'objects_owner', '1000000 100000 1000 1'),
  ('objects', 'objects_occurred', '1000000 100000 1 1'),
  ('objects', 'objects_created', '1000000 100000 1 1'),
  ('objects', 'objects_updated', '1000000 100000 1 1'),
  ('objects', 'objects_trash', '10000 1000 1 1');
-- end

-- A new account's deal pipeline, under HubSpot's ids. 1767225600000000 as in 0003.
INSERT INTO pipelines (id, object_type, label, position, created_at, updated_at)
VALUES ('default', 'deals', 'Sales Pipeline', 0, 1767225600000000, 1767225600000000);
INSERT INTO stages (id, pipeline_id, label, position, closed, metadata, created_at, updated_at) VALUES
  ('appointmentscheduled', 'default', 'Appointment scheduled', 0, FALSE, '{"probability":"0.2"}', 1767225600000000, 1767225600000000),
  ('qualifiedtobuy', 'default', 'Qualified to buy', 1, FALSE, '{"probability":"0.4"}', 1767225600000000, 1767225600000000),
  ('presentationscheduled', 'default', 'Presentation scheduled', 2, FALSE, '{"probability":"0.6"}', 1767225600000000, 1767225600000000),
  ('decisionmakerboughtin', 'default', 'Decision maker bought in', 3, FALSE, '{"probability":"0.8"}', 1767225600000000, 1767225600000000),
  ('contractsent', 'default', 'Contract sent', 4, FALSE, '{"probability":"0.9"}', 1767225600000000, 1767225600000000),
  ('closedwon', 'default', 'Closed won', 5, TRUE, '{"probability":"1.0"}', 1767225600000000, 1767225600000000),
  ('closedlost', 'default', 'Closed lost', 6, TRUE, '{"probability":"0.0"}', 1767225600000000, 1767225600000000);
