-- PIPE-3, STAT-3: pipelines, or statuses of them, that are emptied so that they can go. A row goes with its work.
CREATE TABLE clearings (
  pipeline_id TEXT PRIMARY KEY,
  plan TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id BIGINT NOT NULL,
  done BIGINT NOT NULL,
  total BIGINT NOT NULL,
  problem TEXT NOT NULL,
  started_at BIGINT NOT NULL
);
