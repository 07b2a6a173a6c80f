BEGIN;
DROP TABLE retention_action, churn_watch, churn_scan;
DROP SEQUENCE retention_action_turn;
COMMIT;
