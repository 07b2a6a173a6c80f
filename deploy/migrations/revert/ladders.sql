BEGIN;
DROP TABLE outbox, tier_change, request, model_version, ladder;
COMMIT;
