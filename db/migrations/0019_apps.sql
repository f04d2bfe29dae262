-- OAuth 2.0 apps (ACC-8), and how much the API is used. Of secrets only the SHA-256 is kept: 256 random bits need no slow hash.
-- The client secret is kept sealed besides, for it signs webhooks.

CREATE TABLE apps (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  client_id TEXT NOT NULL UNIQUE,
  secret_hash TEXT NOT NULL,
  secret_sealed TEXT NOT NULL,
  developer_key_hash TEXT NOT NULL UNIQUE,
  redirect_uris TEXT NOT NULL, -- a JSON list
  scopes TEXT NOT NULL, -- a JSON list: what it may ask for
  created_at BIGINT NOT NULL,
  created_by BIGINT NOT NULL
);

-- An app that an admin let in: it is installed while it has one. Its refresh token does not change.
CREATE TABLE app_grants (
  id BIGINT PRIMARY KEY,
  app_id BIGINT NOT NULL REFERENCES apps (id),
  user_id BIGINT NOT NULL REFERENCES users (id),
  scopes TEXT NOT NULL, -- a JSON list
  refresh_hash TEXT NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  used_at BIGINT NOT NULL
);
CREATE INDEX app_grants_app ON app_grants (app_id, id);

-- An admin's consent, good once and for a few minutes. A used one stays a while, for a second use ends what came of the first.
CREATE TABLE app_codes (
  code_hash TEXT PRIMARY KEY,
  app_id BIGINT NOT NULL REFERENCES apps (id),
  user_id BIGINT NOT NULL REFERENCES users (id),
  scopes TEXT NOT NULL,
  redirect_uri TEXT NOT NULL,
  challenge TEXT NOT NULL, -- PKCE, S256; '' for none
  expires_at BIGINT NOT NULL,
  grant_id BIGINT NOT NULL -- 0 until it was used
);
CREATE INDEX app_codes_app ON app_codes (app_id);
CREATE INDEX app_codes_expires ON app_codes (expires_at);

CREATE TABLE app_tokens (
  token_hash TEXT PRIMARY KEY,
  grant_id BIGINT NOT NULL REFERENCES app_grants (id),
  expires_at BIGINT NOT NULL
);
CREATE INDEX app_tokens_grant ON app_tokens (grant_id);
CREATE INDEX app_tokens_expires ON app_tokens (expires_at);

-- Calls of the API by app and day (UTC), written now and then by each node.
CREATE TABLE api_usage (
  day BIGINT NOT NULL, -- since 1970
  app_id BIGINT NOT NULL,
  private BOOLEAN NOT NULL, -- by a private app's token
  calls BIGINT NOT NULL,
  PRIMARY KEY (day, app_id)
);
