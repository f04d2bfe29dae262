-- Package notify: what users are told inside the app. body and title are made when shown, from kind and data.
CREATE TABLE notifications (
  id BIGINT PRIMARY KEY,
  user_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  ticket_id BIGINT,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  at BIGINT NOT NULL,
  read_at BIGINT,
  cause_id BIGINT NOT NULL
);
CREATE UNIQUE INDEX notifications_once ON notifications (user_id, cause_id, kind);
CREATE INDEX notifications_newest ON notifications (user_id, id DESC);
CREATE INDEX notifications_unread ON notifications (user_id) WHERE read_at IS NULL;
