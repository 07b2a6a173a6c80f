BEGIN;
DROP TABLE group_due, account_group;
ALTER TABLE customer DROP COLUMN group_no, DROP COLUMN outside;
COMMIT;
