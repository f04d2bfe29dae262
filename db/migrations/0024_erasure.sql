-- REC-5: what named people who had themselves erased, as hashes, so that nobody makes them again from some old list.
CREATE TABLE blocked_identities (
  kind TEXT NOT NULL,
  hash TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (kind, hash)
);
