-- Accounts of one customer, registered twice: their facts move to one of them, whose tier both ids have from then on.
BEGIN;

ALTER TABLE customer ADD COLUMN merged_into bigint NOT NULL DEFAULT 0; -- the account that has its facts now; 0: none
CREATE INDEX customer_by_target ON customer (merged_into, customer_id) WHERE merged_into <> 0;

CREATE TABLE account_merge (
  customer_id  bigint      NOT NULL, -- whose facts moved
  target_id    bigint      NOT NULL, -- to whom; that account may have been merged into another one since
  request_id   text        NOT NULL,
  request_hash bytea       NOT NULL,
  event_count  bigint      NOT NULL,
  reason       text        NOT NULL,
  author       text        NOT NULL,
  merged_at    timestamptz NOT NULL,
  PRIMARY KEY (customer_id)
);
CALL make_append_only('account_merge');

COMMIT;
