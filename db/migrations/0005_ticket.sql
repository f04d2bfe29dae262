-- Package ticket: what each user marked a ticket with, and what each pipeline automates by itself.

-- kind: seen, sent, follow, unfollow, mention, draft. at orders a user's list; 'sent' may be long, the others are short.
CREATE TABLE ticket_marks (
  user_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  ticket_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (user_id, kind, ticket_id)
);
CREATE INDEX ticket_marks_ticket ON ticket_marks (ticket_id, kind);
CREATE INDEX ticket_marks_at ON ticket_marks (user_id, kind, at DESC, ticket_id DESC);

-- Status automation of a pipeline; a pipeline without a row has the defaults (AUTO-2, AUTO-3).
CREATE TABLE status_automation (
  pipeline_id TEXT PRIMARY KEY,
  sent_on BOOLEAN NOT NULL,
  sent_stage_id TEXT NOT NULL,
  reply_on BOOLEAN NOT NULL,
  reply_stage_id TEXT NOT NULL
);

-- How many tickets stand where: the sidebar's counts are sums over this small cube, exact and by permission, at any size.
-- Each write of a ticket moves one from cell to cell. On PostgreSQL a cell is split in shards, so that writers do not
-- queue for one row. 0 stands for no owner and no team.
CREATE TABLE ticket_counts (
  place TEXT NOT NULL,
  owner_id BIGINT NOT NULL,
  team_id BIGINT NOT NULL,
  stage_id TEXT NOT NULL,
  shard INTEGER NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (place, owner_id, team_id, stage_id, shard)
);

-- sqlite
-- As for tickets (0003): marks of a few tickets are found by ticket, not by walking all that a user ever saw.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('ticket_marks', 'sqlite_autoindex_ticket_marks_1', '1000000 50000 10000 1'),
  ('ticket_marks', 'ticket_marks_at', '1000000 50000 10000 1 1'),
  ('ticket_marks', 'ticket_marks_ticket', '1000000 2 1');
-- end
