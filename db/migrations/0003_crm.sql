-- The record engine: tickets, contacts, companies, what relates them, what changed, and how they are described.
-- Hot properties are columns, all others are strings in props. Instants of properties are whole milliseconds, stored as
-- microseconds. An INTEGER PRIMARY KEY is SQLite's own row number, which saves an index.

CREATE TABLE tickets (
-- sqlite
  id INTEGER PRIMARY KEY,
-- end
-- postgres
  id BIGINT PRIMARY KEY,
-- end
  subject TEXT,
  pipeline_id TEXT,
  stage_id TEXT,
  open BOOLEAN NOT NULL,
  spam BOOLEAN NOT NULL,
  owner_id BIGINT,
  team_id BIGINT,
  priority TEXT,
  category TEXT,
  source TEXT,
  contact_id BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  closed_at BIGINT,
  active_at BIGINT NOT NULL,
  last_from TEXT,
  preview TEXT,
  snoozed_until BIGINT,
  archived_at BIGINT,
  props JSONB NOT NULL
);
-- The standing queries of the workspace, each an index that holds just its rows in their order.
CREATE INDEX tickets_unassigned ON tickets (active_at DESC, id DESC)
  WHERE open AND NOT spam AND snoozed_until IS NULL AND owner_id IS NULL AND archived_at IS NULL;
CREATE INDEX tickets_owner ON tickets (owner_id, active_at DESC, id DESC)
  WHERE open AND NOT spam AND owner_id IS NOT NULL AND archived_at IS NULL;
CREATE INDEX tickets_team ON tickets (team_id, active_at DESC, id DESC)
  WHERE open AND NOT spam AND team_id IS NOT NULL AND archived_at IS NULL;
CREATE INDEX tickets_open ON tickets (active_at DESC, id DESC)
  WHERE open AND NOT spam AND snoozed_until IS NULL AND archived_at IS NULL;
CREATE INDEX tickets_snoozed ON tickets (active_at DESC, id DESC)
  WHERE open AND NOT spam AND snoozed_until IS NOT NULL AND archived_at IS NULL;
CREATE INDEX tickets_spam ON tickets (active_at DESC, id DESC) WHERE spam AND archived_at IS NULL;
CREATE INDEX tickets_active ON tickets (active_at DESC, id DESC) WHERE archived_at IS NULL;
CREATE INDEX tickets_stage ON tickets (pipeline_id, stage_id, active_at DESC, id DESC) WHERE archived_at IS NULL;
CREATE INDEX tickets_contact ON tickets (contact_id, active_at DESC, id DESC)
  WHERE contact_id IS NOT NULL AND archived_at IS NULL;
CREATE INDEX tickets_created ON tickets (created_at DESC, id DESC) WHERE archived_at IS NULL;
CREATE INDEX tickets_updated ON tickets (updated_at DESC, id DESC) WHERE archived_at IS NULL;
CREATE INDEX tickets_closed ON tickets (closed_at DESC, id DESC) WHERE closed_at IS NOT NULL AND archived_at IS NULL;
CREATE INDEX tickets_trash ON tickets (archived_at, id) WHERE archived_at IS NOT NULL;

CREATE TABLE contacts (
-- sqlite
  id INTEGER PRIMARY KEY,
-- end
-- postgres
  id BIGINT PRIMARY KEY,
-- end
  email TEXT,
  firstname TEXT,
  lastname TEXT,
  phone TEXT,
  owner_id BIGINT,
  team_id BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  archived_at BIGINT,
  props JSONB NOT NULL
);
CREATE INDEX contacts_email ON contacts (email, id) WHERE archived_at IS NULL;
CREATE INDEX contacts_lastname ON contacts (lastname, id) WHERE archived_at IS NULL;
CREATE INDEX contacts_owner ON contacts (owner_id, id) WHERE owner_id IS NOT NULL AND archived_at IS NULL;
CREATE INDEX contacts_created ON contacts (created_at DESC, id DESC) WHERE archived_at IS NULL;
CREATE INDEX contacts_updated ON contacts (updated_at DESC, id DESC) WHERE archived_at IS NULL;
CREATE INDEX contacts_trash ON contacts (archived_at, id) WHERE archived_at IS NOT NULL;

-- What names exactly one living contact: every e-mail address of it, lower-cased. A contact in the trash has none.
CREATE TABLE contact_identities (
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  contact_id BIGINT NOT NULL,
  PRIMARY KEY (kind, value)
);
CREATE INDEX contact_identities_contact ON contact_identities (contact_id);

CREATE TABLE companies (
-- sqlite
  id INTEGER PRIMARY KEY,
-- end
-- postgres
  id BIGINT PRIMARY KEY,
-- end
  name TEXT,
  domain TEXT,
  phone TEXT,
  owner_id BIGINT,
  team_id BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  archived_at BIGINT,
  props JSONB NOT NULL
);
CREATE INDEX companies_domain ON companies (domain, id) WHERE archived_at IS NULL;
CREATE INDEX companies_name ON companies (name, id) WHERE archived_at IS NULL;
CREATE INDEX companies_owner ON companies (owner_id, id) WHERE owner_id IS NOT NULL AND archived_at IS NULL;
CREATE INDEX companies_created ON companies (created_at DESC, id DESC) WHERE archived_at IS NULL;
CREATE INDEX companies_updated ON companies (updated_at DESC, id DESC) WHERE archived_at IS NULL;
CREATE INDEX companies_trash ON companies (archived_at, id) WHERE archived_at IS NOT NULL;

-- Every relation is two rows, one from each end, with the type id that it has seen from there.
CREATE TABLE associations (
  from_type TEXT NOT NULL,
  from_id BIGINT NOT NULL,
  to_type TEXT NOT NULL,
  to_id BIGINT NOT NULL,
  type_id INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (from_type, from_id, to_type, to_id, type_id)
-- sqlite
) WITHOUT ROWID;
-- end
-- postgres
);
-- end

-- One row a write: changes maps each changed property to its new value, "" for cleared.
CREATE TABLE record_changes (
-- sqlite
  id INTEGER PRIMARY KEY,
-- end
-- postgres
  id BIGINT PRIMARY KEY,
-- end
  object_type TEXT NOT NULL,
  record_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id BIGINT NOT NULL,
  reason TEXT NOT NULL,
  changes JSONB NOT NULL
);
CREATE INDEX record_changes_record ON record_changes (record_id, id);

-- Custom properties, and what an account changed of built-in ones.
CREATE TABLE properties (
  object_type TEXT NOT NULL,
  name TEXT NOT NULL,
  builtin BOOLEAN NOT NULL,
  definition JSONB NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  archived_at BIGINT,
  PRIMARY KEY (object_type, name)
);

-- The values of unique custom properties of living records.
CREATE TABLE unique_values (
  object_type TEXT NOT NULL,
  property TEXT NOT NULL,
  value TEXT NOT NULL,
  record_id BIGINT NOT NULL,
  PRIMARY KEY (object_type, property, value)
);
CREATE INDEX unique_values_record ON unique_values (record_id);

CREATE TABLE pipelines (
  id TEXT PRIMARY KEY,
  object_type TEXT NOT NULL,
  label TEXT NOT NULL,
  position INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
-- A stage belongs to one pipeline; its id never changes (STAT-2).
CREATE TABLE stages (
  id TEXT PRIMARY KEY,
  pipeline_id TEXT NOT NULL REFERENCES pipelines (id),
  label TEXT NOT NULL,
  position INTEGER NOT NULL,
  closed BOOLEAN NOT NULL,
  metadata JSONB NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX stages_pipeline ON stages (pipeline_id, position);

-- PIPE-1: 1767225600000000 is the start of 2026, before any account.
INSERT INTO pipelines (id, object_type, label, position, created_at, updated_at)
VALUES ('0', 'tickets', 'Support Pipeline', 0, 1767225600000000, 1767225600000000);
INSERT INTO stages (id, pipeline_id, label, position, closed, metadata, created_at, updated_at) VALUES
  ('1', '0', 'New', 0, FALSE, '{}', 1767225600000000, 1767225600000000),
  ('2', '0', 'Waiting on contact', 1, FALSE, '{}', 1767225600000000, 1767225600000000),
  ('3', '0', 'Waiting on us', 2, FALSE, '{}', 1767225600000000, 1767225600000000),
  ('4', '0', 'Closed', 3, TRUE, '{}', 1767225600000000, 1767225600000000);

-- Text is compared byte by byte on both databases, as the filters do in memory.
-- postgres
DO $$
DECLARE c record;
BEGIN
  FOR c IN SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = current_schema() AND data_type = 'text' AND table_name IN ('tickets', 'contacts', 'companies')
  LOOP
    EXECUTE format('ALTER TABLE %I ALTER COLUMN %I TYPE TEXT COLLATE "C"', c.table_name, c.column_name);
  END LOOP;
END $$;
-- end

-- sqlite
-- What SQLite believes of the tables, fixed: rows in an index, then rows with one value of its first columns. It measures
-- nothing by itself, takes all partial indexes for equally long, and would list spam by walking all tickets. These are a
-- desk with a million tickets; the plans they give are right at every smaller size too.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('tickets', 'tickets_active', '1000000 1 1'),
  ('tickets', 'tickets_created', '1000000 1 1'),
  ('tickets', 'tickets_updated', '1000000 1 1'),
  ('tickets', 'tickets_closed', '950000 1 1'),
  ('tickets', 'tickets_contact', '1000000 3 1 1'),
  ('tickets', 'tickets_stage', '1000000 1000000 50000 1 1'),
  ('tickets', 'tickets_open', '50000 1 1'),
  ('tickets', 'tickets_team', '45000 5000 1 1'),
  ('tickets', 'tickets_owner', '35000 500 1 1'),
  ('tickets', 'tickets_unassigned', '15000 1 1'),
  ('tickets', 'tickets_snoozed', '1000 1 1'),
  ('tickets', 'tickets_spam', '10000 1 1'),
  ('tickets', 'tickets_trash', '10000 1 1');
-- end
