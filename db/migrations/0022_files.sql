-- Files of the account and the folders they lie in. A folder keeps its whole path, so that one is found by it; a file's is that of
-- its folder, 0 for the top, and its name. Deleted ones stay until the sweep comes.

CREATE TABLE folders (
  id BIGINT PRIMARY KEY,
  parent_id BIGINT NOT NULL, -- 0 for the top
  name TEXT NOT NULL,
  path TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  archived_at BIGINT
);
CREATE UNIQUE INDEX folders_path ON folders (path) WHERE archived_at IS NULL;
CREATE INDEX folders_parent ON folders (parent_id);

CREATE TABLE files (
  id BIGINT PRIMARY KEY,
  folder_id BIGINT NOT NULL,
  name TEXT NOT NULL, -- without the extension
  extension TEXT NOT NULL,
  kind TEXT NOT NULL, -- HubSpot's type: IMG, DOCUMENT, …
  content_type TEXT NOT NULL,
  encoding TEXT NOT NULL,
  access TEXT NOT NULL,
  size BIGINT NOT NULL,
  md5 TEXT NOT NULL,
  width INTEGER NOT NULL, -- 0 for what is no picture
  height INTEGER NOT NULL,
  usable BOOLEAN NOT NULL, -- in content
  blob_key TEXT NOT NULL,
  expires_at BIGINT,
  created_by_kind TEXT NOT NULL,
  created_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  archived_at BIGINT
);
CREATE UNIQUE INDEX files_name ON files (folder_id, name, extension) WHERE archived_at IS NULL;
CREATE INDEX files_blob ON files (blob_key);
CREATE INDEX files_expires ON files (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX files_archived ON files (archived_at) WHERE archived_at IS NOT NULL;
CREATE INDEX folders_archived ON folders (archived_at) WHERE archived_at IS NOT NULL;

-- What was asked for and is done by a job: a file fetched from elsewhere, a folder moved.
CREATE TABLE file_tasks (
  id BIGINT PRIMARY KEY,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  asked TEXT NOT NULL, -- JSON
  result_id BIGINT NOT NULL, -- 0 until there is one
  error TEXT NOT NULL,
  requested_at BIGINT NOT NULL,
  started_at BIGINT,
  completed_at BIGINT
);
CREATE INDEX file_tasks_requested ON file_tasks (requested_at);

CREATE INDEX attachments_loose ON attachments (created_at) WHERE message_id IS NULL;
