-- Accounts: groups whose facts are pooled, and who stands outside the population.
BEGIN;

ALTER TABLE customer
  ADD COLUMN group_no bigint  NOT NULL DEFAULT 0,     -- 0: stands alone
  ADD COLUMN outside  boolean NOT NULL DEFAULT false; -- closed or a test account, as of its newest event
CREATE INDEX customer_by_group ON customer (group_no, customer_id) WHERE group_no <> 0;
CREATE INDEX customer_outside ON customer (customer_id) WHERE outside;

-- Groups by their number, which is derived from the id as a customer's is. Reference data: few, and members don't stand here.
CREATE TABLE account_group (
  group_no   bigint      NOT NULL PRIMARY KEY,
  group_id   text        NOT NULL UNIQUE,
  name       text        NOT NULL,
  revision   integer     NOT NULL,
  author     text        NOT NULL,
  created_at timestamptz NOT NULL
);

-- Customers whose facts or group have changed since their tier was decided from the group's facts. Written in the
-- customer's own transaction, taken by the group's.
CREATE TABLE group_due (
  customer_id bigint  NOT NULL,
  cause       text    NOT NULL,  -- "event:oms-17", "group:chain-1"
  takes_back  boolean NOT NULL,
  day         date    NOT NULL,  -- of the earliest fact that came with it
  PRIMARY KEY (customer_id, cause)
);

COMMIT;
