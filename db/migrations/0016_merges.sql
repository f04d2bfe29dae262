-- REC-4: a record that was merged answers as the one it was merged into, for ever, whatever became of its row.
CREATE TABLE merged_records (
  merged_id BIGINT PRIMARY KEY,
  object_type TEXT NOT NULL,
  survivor_id BIGINT NOT NULL
);
CREATE INDEX merged_records_survivor ON merged_records (survivor_id);

-- The merges, with what taking one back needs. One that can no longer be taken back is settled, and keeps nothing of that.
CREATE TABLE merges (
  id BIGINT PRIMARY KEY,
  object_type TEXT NOT NULL,
  primary_id BIGINT NOT NULL,
  merged_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  undo JSONB NOT NULL,
  settled_at BIGINT
);
CREATE INDEX merges_primary ON merges (primary_id, id);
CREATE INDEX merges_merged ON merges (merged_id);

-- Package conversation: the threads and messages that a merge moved to another ticket. kind: thread, message.
CREATE TABLE merge_moves (
  merge_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  moved_id BIGINT NOT NULL,
  PRIMARY KEY (merge_id, kind, moved_id)
-- sqlite
) WITHOUT ROWID;
-- end
-- postgres
);
-- end
