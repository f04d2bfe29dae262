-- What was done to pipelines and their stages, for their audit. A row outlives what it tells of.
CREATE TABLE pipeline_audit (
-- sqlite
  id INTEGER PRIMARY KEY,
-- end
-- postgres
  id BIGINT PRIMARY KEY,
-- end
  pipeline_id TEXT NOT NULL,
  stage_id TEXT NOT NULL, -- '' of the pipeline itself
  action TEXT NOT NULL,
  at BIGINT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id BIGINT NOT NULL,
  object JSONB NOT NULL -- the pipeline or the stage as it became, or as it was when it was deleted
);
CREATE INDEX pipeline_audit_object ON pipeline_audit (pipeline_id, stage_id, id);

-- When a user was last changed, which owners show.
ALTER TABLE users ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
UPDATE users SET updated_at = created_at;
