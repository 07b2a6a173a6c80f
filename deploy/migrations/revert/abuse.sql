BEGIN;
DROP TABLE abuse_scan, abuse_case;
COMMIT;
