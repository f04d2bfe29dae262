-- Package gate: what POSTs with an Idempotency-Key were answered, for a day, so that a repeat runs nothing. Status 0 is a
-- request without an answer yet; request is the SHA-256 of its body.
CREATE TABLE idempotency (
  key TEXT NOT NULL,
  actor_id BIGINT NOT NULL,
  path TEXT NOT NULL,
  at BIGINT NOT NULL,
  request TEXT NOT NULL,
  status INTEGER NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (key, actor_id, path)
);
CREATE INDEX idempotency_at ON idempotency (at);
