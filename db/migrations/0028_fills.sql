-- What is kept of records by now, and is still to be found out of those that were there before: packages fill it in step by step, and a
-- row goes with its work.
CREATE TABLE fills (
  name TEXT PRIMARY KEY,
  after_id BIGINT NOT NULL
);

-- REC-6: contacts made before phone numbers were kept apart are found by theirs too.
INSERT INTO fills (name, after_id) SELECT 'contacts.phones', 0 WHERE EXISTS (SELECT 1 FROM contacts);
