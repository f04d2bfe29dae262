-- PROP-3: what tickets repeat of others by now: what contacts and companies are called, who follows and has seen them, and by which
-- channel they came. Packages crm/copied, ticket and conversation fill it in.
INSERT INTO fills (name, after_id) SELECT n.name, 0 FROM (SELECT 'tickets.copies' AS name UNION ALL SELECT 'tickets.state' UNION ALL SELECT 'tickets.channels') n
WHERE EXISTS (SELECT 1 FROM tickets);
