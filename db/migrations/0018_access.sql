-- Who may call the API, and what was done: scopes of tokens, the account's number, sub-teams, the audit log.

-- A JSON list of scopes; NULL is all of them.
ALTER TABLE tokens ADD COLUMN scopes TEXT;

-- HubSpot's portal id: what clients know the account by. It never changes.
ALTER TABLE account ADD COLUMN portal_id BIGINT NOT NULL DEFAULT 0;
UPDATE account SET portal_id = 10000000 + created_at / 1000000 % 90000000;

ALTER TABLE teams ADD COLUMN parent_id BIGINT REFERENCES teams (id);

-- What was done that somebody may have to answer for (ACC-9). Names are as they were then. Rows are only ever added.
CREATE TABLE audit_log (
  id BIGINT PRIMARY KEY,
  at BIGINT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id BIGINT NOT NULL,
  actor_name TEXT NOT NULL,
  address TEXT NOT NULL,
  category TEXT NOT NULL,
  action TEXT NOT NULL,
  object_type TEXT NOT NULL,
  object_id BIGINT NOT NULL,
  object_name TEXT NOT NULL,
  detail TEXT NOT NULL -- a JSON object of texts
);
CREATE INDEX audit_log_category ON audit_log (category, id);
CREATE INDEX audit_log_actor ON audit_log (actor_kind, actor_id, id);
CREATE INDEX audit_log_object ON audit_log (object_type, object_id, id);

-- sqlite
CREATE TRIGGER audit_log_update BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_log_delete BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
-- end
-- postgres
CREATE FUNCTION audit_log_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only';
END $$;
CREATE TRIGGER audit_log_frozen BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_log_frozen();
-- end
