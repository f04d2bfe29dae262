-- The account's own ways of relating records: labels, and the unlabelled types of its own object types. A row is a type seen
-- from the end it was made at; inverse_id is the same from the other. Ids are never used again.
CREATE TABLE association_types (
  id INTEGER PRIMARY KEY,
  inverse_id INTEGER NOT NULL,
  from_type TEXT NOT NULL,
  to_type TEXT NOT NULL,
  name TEXT NOT NULL,
  inverse_name TEXT NOT NULL,
  label TEXT NOT NULL,
  inverse_label TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  archived_at BIGINT
);

-- How many records of the other end's type a record may have by a type.
CREATE TABLE association_limits (
  from_type TEXT NOT NULL,
  type_id INTEGER NOT NULL,
  most INTEGER NOT NULL,
  PRIMARY KEY (from_type, type_id)
);

-- REC-1: the labels that every new account has. 1767225600000000 is the start of 2026.
INSERT INTO association_types (id, inverse_id, from_type, to_type, name, inverse_name, label, inverse_label, created_at, updated_at) VALUES
  (10001, 10002, 'tickets', 'contacts', 'requester', 'requester', 'Requester', 'Requester', 1767225600000000, 1767225600000000),
  (10003, 10004, 'tickets', 'contacts', 'cc', 'cc', 'CC', 'CC', 1767225600000000, 1767225600000000);

-- Relations of the account's own types, by type, so that those of a removed label can be found.
CREATE INDEX associations_own ON associations (type_id, from_type, from_id, to_id) WHERE type_id >= 10001;
