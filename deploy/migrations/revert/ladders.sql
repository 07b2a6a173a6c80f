BEGIN;
DROP TABLE outbox, tier_change, ladder;
COMMIT;
