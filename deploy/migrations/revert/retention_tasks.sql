BEGIN;
UPDATE retention_action SET state = 'DONE', ended_at = planned_at WHERE state = 'OPEN';
ALTER TABLE retention_action
  DROP CONSTRAINT retention_action_state_check,
  ADD CONSTRAINT retention_action_state_check CHECK (state IN ('WAITING', 'DONE', 'REFUSED')),
  DROP COLUMN closed_by,
  DROP COLUMN outcome,
  DROP COLUMN close_request;
COMMIT;
