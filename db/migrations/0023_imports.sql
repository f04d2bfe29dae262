-- Imports of records from files (IMP-1). How far one is stands in its row, and changes in the commit of the rows it tells of.

CREATE TABLE imports (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  source TEXT NOT NULL, -- API, CRM_UI
  asked TEXT NOT NULL, -- JSON, as it came
  plan TEXT NOT NULL, -- JSON
  asker TEXT NOT NULL, -- JSON: who, and what they may
  file INTEGER NOT NULL, -- which of the plan's files is read,
  place BIGINT NOT NULL, -- the byte of it after the last row taken,
  line BIGINT NOT NULL, -- and that row's number
  counters TEXT NOT NULL, -- JSON
  says TEXT NOT NULL, -- why it failed
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

-- Rows, or parts of them, that were refused.
CREATE TABLE import_errors (
  id BIGINT PRIMARY KEY,
  import_id BIGINT NOT NULL,
  file INTEGER NOT NULL,
  line BIGINT NOT NULL,
  kind TEXT NOT NULL, -- HubSpot's errorType
  object_type TEXT NOT NULL,
  column_number INTEGER NOT NULL, -- from 1; 0 for none
  value TEXT NOT NULL,
  message TEXT NOT NULL,
  row_data TEXT NOT NULL, -- JSON
  at BIGINT NOT NULL
);
CREATE INDEX import_errors_import ON import_errors (import_id, id);

-- The records that an import made, so that it can be undone.
CREATE TABLE imported_records (
  import_id BIGINT NOT NULL,
  record_id BIGINT NOT NULL,
  object_type TEXT NOT NULL,
  PRIMARY KEY (import_id, record_id)
);
