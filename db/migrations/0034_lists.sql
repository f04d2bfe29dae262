-- Lists of records. processing: MANUAL, SNAPSHOT, DYNAMIC; status: COMPLETE, PROCESSING, FAILED. filters is JSON as it was given,
-- '' for none. size counts the members that are not in the trash; a DYNAMIC list has no members here, its filters say who they are.
CREATE TABLE lists (
  id BIGINT PRIMARY KEY,
  object_type TEXT NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL, -- in lower case
  processing TEXT NOT NULL,
  status TEXT NOT NULL,
  filters TEXT NOT NULL,
  folder_id BIGINT NOT NULL, -- 0 for the top
  version INTEGER NOT NULL,
  size BIGINT NOT NULL,
  settings TEXT NOT NULL, -- JSON
  conversion TEXT NOT NULL, -- JSON: when a DYNAMIC list is to become a SNAPSHOT; '' for never
  created_by BIGINT NOT NULL, -- a user; 0 for an app
  updated_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  filters_at BIGINT NOT NULL,
  converted_at BIGINT,
  added_at BIGINT, -- when a member came last
  removed_at BIGINT, -- when one was taken out last
  archived_at BIGINT
);
CREATE UNIQUE INDEX lists_name ON lists (object_type, name_key) WHERE archived_at IS NULL;
CREATE INDEX lists_folder ON lists (folder_id);
CREATE INDEX lists_archived ON lists (archived_at) WHERE archived_at IS NOT NULL;

CREATE TABLE list_folders (
  id BIGINT PRIMARY KEY,
  parent_id BIGINT NOT NULL, -- 0 for the top
  name TEXT NOT NULL,
  created_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  contents_at BIGINT NOT NULL -- when a list or folder came or went last
);
CREATE INDEX list_folders_parent ON list_folders (parent_id);

-- Members of lists that are not DYNAMIC. One in the trash is not living, and comes back with its record; merge_id is the merge that
-- brought a member, 0 for none.
CREATE TABLE list_members (
  list_id BIGINT NOT NULL,
  record_id BIGINT NOT NULL,
  living BOOLEAN NOT NULL,
  at BIGINT NOT NULL,
  merge_id BIGINT NOT NULL,
  PRIMARY KEY (list_id, record_id)
-- sqlite
) WITHOUT ROWID;
-- end
-- postgres
);
-- end
CREATE INDEX list_members_record ON list_members (record_id, list_id);
CREATE INDEX list_members_at ON list_members (list_id, at, record_id);
