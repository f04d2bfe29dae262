-- Object types that an account defines itself. The type id is 2-number; numbers are never used again. A type that was deleted
-- for good keeps its name until the last of its records is gone.
CREATE TABLE object_types (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  definition JSONB NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  archived_at BIGINT,
  purged_at BIGINT
);
CREATE UNIQUE INDEX object_types_name ON object_types (name) WHERE name <> '';
