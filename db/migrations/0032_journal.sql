-- The webhooks journal (API-8): what apps come and read, instead of being told.

CREATE TABLE journal_subscriptions (
  id BIGINT PRIMARY KEY,
  app_id BIGINT NOT NULL, -- an OAuth app or a private one
  kind TEXT NOT NULL, -- OBJECT, ASSOCIATION, GDPR_PRIVACY_DELETION
  object_type_id TEXT NOT NULL,
  wants TEXT NOT NULL, -- JSON: actions, properties, records, far types
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (app_id, kind, object_type_id)
);

-- Of a subscription with filters an app reads what passes one of them.
CREATE TABLE journal_filters (
  id BIGINT PRIMARY KEY,
  subscription_id BIGINT NOT NULL REFERENCES journal_subscriptions (id),
  conditions TEXT NOT NULL, -- JSON
  created_at BIGINT NOT NULL
);
CREATE INDEX journal_filters_subscription ON journal_filters (subscription_id, id);

-- What happened and is in no entry yet.
CREATE TABLE journal_queue (
  id BIGINT PRIMARY KEY,
  app_id BIGINT NOT NULL,
  event TEXT NOT NULL -- JSON
);

-- Entries, whose ids are in the order in which they became visible.
CREATE TABLE journal_entries (
  id BIGINT PRIMARY KEY,
  app_id BIGINT NOT NULL,
  body TEXT NOT NULL, -- one event a line
  created_at BIGINT NOT NULL
);
CREATE INDEX journal_entries_app ON journal_entries (app_id, id);

-- Records that apps asked to have written into their journals, with what became of it; the event has the same id.
CREATE TABLE journal_snapshots (
  id BIGINT PRIMARY KEY,
  app_id BIGINT NOT NULL,
  error TEXT NOT NULL, -- '' for none
  message TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  done_at BIGINT -- NULL until it can be read
);
