-- Webhooks (API-8): who is told of what, what waits to be told, and what was told.

CREATE TABLE webhook_endpoints (
  id BIGINT PRIMARY KEY,
  app_id BIGINT UNIQUE, -- an OAuth app, whose client secret signs; NULL for one that an admin made
  name TEXT NOT NULL, -- '' for an app's
  url TEXT NOT NULL, -- '' for an app that has said no address
  secret_sealed TEXT NOT NULL, -- '' for an app's
  concurrency INTEGER NOT NULL,
  state TEXT NOT NULL, -- active, paused
  paused_why TEXT NOT NULL, -- '' for by hand
  failing_since BIGINT, -- nothing was taken since
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE webhook_subscriptions (
  id BIGINT PRIMARY KEY,
  endpoint_id BIGINT NOT NULL REFERENCES webhook_endpoints (id),
  event_type TEXT NOT NULL,
  object_type_id TEXT NOT NULL, -- of object.* alone
  property TEXT NOT NULL, -- of *.propertyChange alone; '' for any
  active BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (endpoint_id, event_type, object_type_id, property)
);

-- What happened and is in no delivery yet. All of one record is in one lane, and the lanes of an endpoint go side by side.
CREATE TABLE webhook_queue (
  endpoint_id BIGINT NOT NULL,
  lane INTEGER NOT NULL,
  id BIGINT NOT NULL, -- the eventId that the endpoint is told
  type TEXT NOT NULL,
  payload TEXT NOT NULL,
  PRIMARY KEY (endpoint_id, lane, id)
-- sqlite
) WITHOUT ROWID;
-- end
-- postgres
);
-- end

-- Requests, with how the latest attempt went.
CREATE TABLE webhook_deliveries (
  id BIGINT PRIMARY KEY,
  endpoint_id BIGINT NOT NULL,
  lane INTEGER NOT NULL, -- -1 for one sent again, and for a sample
  state TEXT NOT NULL, -- waiting, delivered, failed, replayed
  events INTEGER NOT NULL,
  types TEXT NOT NULL, -- of the events, for people
  body TEXT NOT NULL, -- one event a line
  attempts INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  attempted_at BIGINT,
  status INTEGER NOT NULL, -- 0 for no answer
  error TEXT NOT NULL,
  answer TEXT NOT NULL, -- how it began
  took BIGINT NOT NULL, -- microseconds
  replay_of BIGINT
);
CREATE INDEX webhook_deliveries_endpoint ON webhook_deliveries (endpoint_id, id);
CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (endpoint_id, id) WHERE state = 'failed';
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (endpoint_id, id) WHERE state = 'waiting';
-- A lane's next request is made when the one before has ended.
CREATE UNIQUE INDEX webhook_deliveries_lane ON webhook_deliveries (endpoint_id, lane) WHERE state = 'waiting' AND lane >= 0;
