-- Threads that close, are archived and come back; channels that apps bring (API-9), whose people have other names than e-mail addresses.

ALTER TABLE threads ADD COLUMN outbound_at BIGINT;
ALTER TABLE threads ADD COLUMN closed_at BIGINT;
ALTER TABLE threads ADD COLUMN archived_at BIGINT;
-- What the channel itself calls the thread, where it does.
ALTER TABLE threads ADD COLUMN channel_key TEXT NOT NULL DEFAULT '';
CREATE INDEX threads_inbox ON threads (inbox_id, id);
CREATE INDEX threads_latest ON threads (latest_at, id);
CREATE INDEX threads_archived ON threads (id) WHERE archived_at IS NOT NULL;
CREATE UNIQUE INDEX threads_channel_key ON threads (account_id, channel_key) WHERE channel_key <> '';

-- What sort of identifier a person is known by, in HubSpot's words; '' is an e-mail address.
ALTER TABLE messages ADD COLUMN from_type TEXT NOT NULL DEFAULT '';
ALTER TABLE participants ADD COLUMN type TEXT NOT NULL DEFAULT '';

-- A channel that an app registered. Its own secret signs what goes to the app where the app has none.
CREATE TABLE custom_channels (
  id BIGINT PRIMARY KEY,
  app_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  logo_url TEXT NOT NULL,
  webhook_url TEXT NOT NULL,
  connect_url TEXT NOT NULL, -- where people are sent who want to connect an account
  capabilities TEXT NOT NULL, -- a JSON object, as the app gave it
  secret TEXT NOT NULL, -- sealed
  created_at BIGINT NOT NULL,
  removed_at BIGINT
);

-- An account that somebody wants to connect, until the app says which it is.
CREATE TABLE channel_stagings (
  token_hash TEXT PRIMARY KEY,
  channel_id BIGINT NOT NULL REFERENCES custom_channels (id),
  inbox_id BIGINT NOT NULL REFERENCES inboxes (id),
  account_id BIGINT, -- once it is connected
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX channel_stagings_expires ON channel_stagings (expires_at);

ALTER TABLE accounts ADD COLUMN channel_id BIGINT NOT NULL DEFAULT 0; -- registered by an app
ALTER TABLE accounts ADD COLUMN identifier_type TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN authorized BOOLEAN NOT NULL DEFAULT TRUE;
DROP INDEX accounts_address;
CREATE UNIQUE INDEX accounts_address ON accounts (kind, channel_id, address) WHERE removed_at IS NULL;
