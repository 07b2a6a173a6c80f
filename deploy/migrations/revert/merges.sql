BEGIN;
DROP TABLE account_merge;
ALTER TABLE customer DROP COLUMN merged_into;
COMMIT;
