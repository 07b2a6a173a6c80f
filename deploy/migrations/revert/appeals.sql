BEGIN;
DROP TABLE appeal_comment, appeal;
COMMIT;
