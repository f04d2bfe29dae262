-- Exports of records to files (IMP-3). How far one is stands in its row, and changes in the commit of the part it tells of.

CREATE TABLE exports (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  object_type TEXT NOT NULL,
  format TEXT NOT NULL, -- CSV, XLSX
  plan TEXT NOT NULL, -- JSON: of which records, and what of them
  asker TEXT NOT NULL, -- JSON: who, and what they may
  asker_kind TEXT NOT NULL,
  asker_id BIGINT NOT NULL,
  ids_key TEXT NOT NULL, -- content: the records' ids in their order; '' before they are known
  total BIGINT NOT NULL, -- how many they are,
  done BIGINT NOT NULL, -- how many of them were written or found gone,
  records BIGINT NOT NULL, -- and how many were written
  part INTEGER NOT NULL, -- parts that are there,
  sheet INTEGER NOT NULL, -- the sheet that the next one stands in,
  line BIGINT NOT NULL, -- and the rows of it that are there
  file_id BIGINT NOT NULL, -- 0 before there is one
  says TEXT NOT NULL, -- why it failed
  created_at BIGINT NOT NULL,
  started_at BIGINT, -- NULL before it began
  updated_at BIGINT NOT NULL,
  ended_at BIGINT -- NULL before it ended
);
CREATE INDEX exports_asker ON exports (asker_kind, asker_id, id);
CREATE INDEX exports_ids ON exports (ids_key);

-- What is written of exports that have not ended.
CREATE TABLE export_parts (
  export_id BIGINT NOT NULL,
  number INTEGER NOT NULL,
  sheet INTEGER NOT NULL,
  size BIGINT NOT NULL, -- bytes, unpacked
  blob_key TEXT NOT NULL,
  PRIMARY KEY (export_id, number)
);
CREATE INDEX export_parts_blob ON export_parts (blob_key);
