-- Packages conversation and intake: inboxes, connected channels, threads, messages; what came in raw; what found no server.

CREATE TABLE inboxes (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

-- One connected mailbox, page or number. Secrets are sealed with a key outside the database. A removed one stays for
-- what came through it.
CREATE TABLE accounts (
  id BIGINT PRIMARY KEY,
  inbox_id BIGINT NOT NULL REFERENCES inboxes (id),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  address TEXT NOT NULL,
  settings JSONB NOT NULL,
  secrets TEXT NOT NULL,
  active BOOLEAN NOT NULL,
  builtin BOOLEAN NOT NULL,
  makes_tickets BOOLEAN NOT NULL,
  pipeline_id TEXT NOT NULL,
  stage_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  removed_at BIGINT,
  -- where its receiver stands, and how it fares
  cursor TEXT NOT NULL,
  success_at BIGINT,
  failures INTEGER NOT NULL,
  failing_since BIGINT,
  error TEXT NOT NULL,
  down BOOLEAN NOT NULL,
  lease_owner BIGINT,
  lease_until BIGINT
);
CREATE UNIQUE INDEX accounts_address ON accounts (kind, address) WHERE removed_at IS NULL;

-- token stands in the reply address, and is a secret between us and who was written to.
CREATE TABLE threads (
  id BIGINT PRIMARY KEY,
  inbox_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  ticket_id BIGINT,
  contact_id BIGINT,
  subject TEXT NOT NULL,
  token TEXT NOT NULL,
  status TEXT NOT NULL,
  originating BOOLEAN NOT NULL,
  forwarded BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  latest_at BIGINT NOT NULL,
  inbound_at BIGINT,
  messages INTEGER NOT NULL
);
CREATE UNIQUE INDEX threads_token ON threads (token);
CREATE INDEX threads_ticket ON threads (ticket_id, id);
CREATE INDEX threads_contact ON threads (contact_id, id);

-- Who takes part in a thread, by address. A role says how they came in: from, to, cc.
CREATE TABLE participants (
  thread_id BIGINT NOT NULL,
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  PRIMARY KEY (thread_id, email)
);

-- Every Message-ID that a message of an inbox had or referred to, and the thread it leads to. The first to name it keeps it.
CREATE TABLE message_refs (
  ref TEXT NOT NULL,
  inbox_id BIGINT NOT NULL,
  thread_id BIGINT NOT NULL,
  PRIMARY KEY (ref, inbox_id)
);

-- Messages and comments. A comment has no thread, no direction and no message_id.
CREATE TABLE messages (
  id BIGINT PRIMARY KEY,
  kind TEXT NOT NULL,
  thread_id BIGINT,
  ticket_id BIGINT,
  inbox_id BIGINT,
  account_id BIGINT,
  direction TEXT NOT NULL,
  nature TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id BIGINT NOT NULL,
  from_name TEXT NOT NULL,
  from_email TEXT NOT NULL,
  recipients JSONB NOT NULL,
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  html TEXT NOT NULL,
  visible TEXT NOT NULL,
  at BIGINT NOT NULL,
  state TEXT NOT NULL,
  error TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  next_try BIGINT,
  sent_at BIGINT,
  message_id TEXT,
  in_reply_to TEXT NOT NULL,
  refs JSONB NOT NULL,
  auth JSONB NOT NULL,
  mentions JSONB NOT NULL,
  raw_id BIGINT,
  raw_key TEXT NOT NULL,
  client_key TEXT
);
CREATE INDEX messages_ticket ON messages (ticket_id, id);
CREATE INDEX messages_thread ON messages (thread_id, id);
CREATE UNIQUE INDEX messages_once ON messages (message_id, inbox_id) WHERE message_id IS NOT NULL;
CREATE UNIQUE INDEX messages_client_key ON messages (actor_id, client_key) WHERE client_key IS NOT NULL;
CREATE INDEX messages_automatic ON messages (from_email, at) WHERE direction = 'in' AND nature <> 'message';

-- Files of messages; loose ones were uploaded and wait for their message.
CREATE TABLE attachments (
  id BIGINT PRIMARY KEY,
  message_id BIGINT,
  owner_id BIGINT NOT NULL,
  blob_key TEXT NOT NULL,
  name TEXT NOT NULL,
  content_type TEXT NOT NULL,
  size BIGINT NOT NULL,
  content_id TEXT NOT NULL,
  inline BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX attachments_message ON attachments (message_id) WHERE message_id IS NOT NULL;

CREATE TABLE drafts (
  user_id BIGINT NOT NULL,
  ticket_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  html TEXT NOT NULL,
  recipients JSONB NOT NULL,
  thread_id BIGINT,
  account_id BIGINT,
  attachment_ids JSONB NOT NULL,
  seen BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, ticket_id, kind)
);

-- Everything that ever came in, before anybody understood it. state: waiting, done, duplicate, failed.
CREATE TABLE inbound (
  id BIGINT PRIMARY KEY,
  account_id BIGINT NOT NULL,
  external_id TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  envelope_from TEXT NOT NULL,
  envelope_to JSONB NOT NULL,
  size BIGINT NOT NULL,
  blob_key TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  sender TEXT NOT NULL,
  subject TEXT NOT NULL,
  message_id BIGINT,
  done_at BIGINT
);
CREATE UNIQUE INDEX inbound_once ON inbound (account_id, external_id);
CREATE INDEX inbound_failed ON inbound (id) WHERE state = 'failed';

-- Small raw bodies beside their row; large ones are blobs. The id is that of the inbound row, the sent message, or the outbox row.
CREATE TABLE raw_bodies (
  id BIGINT PRIMARY KEY,
  body BYTEA NOT NULL
);

-- Mail that has no server to go to.
CREATE TABLE outbox (
  id BIGINT PRIMARY KEY,
  message_id TEXT NOT NULL UNIQUE,
  sender TEXT NOT NULL,
  recipients JSONB NOT NULL,
  subject TEXT NOT NULL,
  at BIGINT NOT NULL,
  size BIGINT NOT NULL,
  blob_key TEXT NOT NULL
);
