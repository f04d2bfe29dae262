-- What a list was: its size at a time, and the times when its filters were changed (size NULL). lists.size of a DYNAMIC list is that of
-- the last count.
CREATE TABLE list_history (
  list_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  size BIGINT
);
CREATE INDEX list_history_at ON list_history (list_id, at);
