-- Tasks of account managers stay open until somebody says what came of them.
BEGIN;

ALTER TABLE retention_action
  DROP CONSTRAINT retention_action_state_check,
  ADD CONSTRAINT retention_action_state_check CHECK (state IN ('WAITING', 'OPEN', 'DONE', 'REFUSED')),
  ADD COLUMN closed_by     text     NOT NULL DEFAULT '',
  ADD COLUMN outcome       smallint NOT NULL DEFAULT 0,  -- rung.grading.v1.RetentionTaskOutcome; 0: not closed
  ADD COLUMN close_request text     NOT NULL DEFAULT '';
UPDATE retention_action SET state = 'OPEN', ended_at = NULL WHERE coupon_id = '' AND state = 'DONE';

COMMIT;
