-- API-9: an attachment may have been one of the account's files; it keeps its content, whatever becomes of the file.
ALTER TABLE attachments ADD COLUMN file_id BIGINT NOT NULL DEFAULT 0; -- 0 for none
