-- Package crm/search: which words which records hold. Records of a type are cut by their ids into chunks of some sixteen
-- thousand; a chunk's index is a few segments, which never change: new ones are added, and old ones become one.

-- What was written and is not in the index yet. parts says what of a record to read again; gone is text that it may not
-- hold any more; after is how far a long piece of work has come.
CREATE TABLE search_todo (
-- sqlite
  id INTEGER PRIMARY KEY,
-- end
-- postgres
  id BIGINT PRIMARY KEY,
-- end
  object_type TEXT NOT NULL,
  record_id BIGINT NOT NULL,
  parts INTEGER NOT NULL,
  gone TEXT NOT NULL,
  after BIGINT NOT NULL
);

-- A chunk holds the ids from low to before the low of the next.
CREATE TABLE search_chunks (
  object_type TEXT NOT NULL,
  chunk INTEGER NOT NULL,
  low BIGINT NOT NULL,
  PRIMARY KEY (object_type, chunk)
);

-- ids are the records that the segment names, docs how many they are. A later segment, by id, overrules an earlier one.
CREATE TABLE search_segments (
-- sqlite
  id INTEGER PRIMARY KEY,
-- end
-- postgres
  id BIGINT PRIMARY KEY,
-- end
  object_type TEXT NOT NULL,
  chunk INTEGER NOT NULL,
  docs INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  ids BYTEA NOT NULL
);
CREATE INDEX search_segments_chunk ON search_segments (object_type, chunk, id);

-- The words of a segment in order, cut into blocks; first is a block's first word, empty for the segment's first block.
CREATE TABLE search_blocks (
  segment BIGINT NOT NULL,
  first BYTEA NOT NULL,
  data BYTEA NOT NULL,
  PRIMARY KEY (segment, first)
);

-- Which node adds to the index, until when; turn counts its takings over. version is that of the words in the index.
CREATE TABLE search_state (
  id INTEGER PRIMARY KEY,
  owner BIGINT NOT NULL,
  until BIGINT NOT NULL,
  turn BIGINT NOT NULL,
  version INTEGER NOT NULL
);
INSERT INTO search_state (id, owner, until, turn, version) VALUES (1, -1, 0, 0, 0);

-- postgres
ALTER TABLE search_segments ALTER COLUMN ids SET STORAGE EXTERNAL;
ALTER TABLE search_blocks ALTER COLUMN data SET STORAGE EXTERNAL;
-- end
