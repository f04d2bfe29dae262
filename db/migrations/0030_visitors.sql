-- CHAT-2: what signs the tokens by which a website tells us who its visitor is. There is one row.
CREATE TABLE visitor_key (
  id BIGINT PRIMARY KEY,
  secret TEXT NOT NULL, -- sealed
  created_at BIGINT NOT NULL
);
