-- Package people: the account, who signs in, and what may call the API.

CREATE TABLE account (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  name TEXT NOT NULL,
  domain TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE teams (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_at BIGINT NOT NULL
);

CREATE TABLE users (
  id BIGINT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  active BOOLEAN NOT NULL,
  super_admin BOOLEAN NOT NULL,
  seat TEXT NOT NULL,
  main_team_id BIGINT REFERENCES teams (id),
  locale TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  preferences JSONB NOT NULL,
  -- The permission set; NULL means what the seat gives.
  permissions JSONB,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT
);

-- Every team of a user, the main one included.
CREATE TABLE team_members (
  team_id BIGINT NOT NULL REFERENCES teams (id),
  user_id BIGINT NOT NULL REFERENCES users (id),
  PRIMARY KEY (team_id, user_id)
);

-- Only the hash of a session's or token's secret is kept: 256 random bits need no slow hash.
CREATE TABLE sessions (
  token_hash TEXT PRIMARY KEY,
  user_id BIGINT NOT NULL REFERENCES users (id),
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  agent TEXT NOT NULL,
  address TEXT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE tokens (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  used_at BIGINT
);
