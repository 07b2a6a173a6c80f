-- Suspected abuse: cases per customer, and the scans that found them.
BEGIN;

CREATE TABLE abuse_case (
  customer_id     bigint      NOT NULL,
  case_no         integer     NOT NULL, -- 1, 2 ... per customer
  external_id     text        NOT NULL,
  state           text        NOT NULL CHECK (state IN ('OPEN', 'CONFIRMED', 'CLEARED')),
  frozen          boolean     NOT NULL, -- upgrades wait: while open, and after confirmation until frozen_until
  score_milli     integer     NOT NULL,
  as_of           date        NOT NULL,
  signals         bytea       NOT NULL, -- rung.grading.v1.AbuseSignals
  opened_at       timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL,
  revision        integer     NOT NULL DEFAULT 1,
  decided_at      timestamptz,
  decided_by      text        NOT NULL DEFAULT '',
  decision_reason text        NOT NULL DEFAULT '',
  frozen_until    date,
  flag_set        boolean     NOT NULL DEFAULT false, -- the customer's standings carry the freeze because of this case
  PRIMARY KEY (customer_id, case_no)
);
CREATE UNIQUE INDEX abuse_case_open ON abuse_case (customer_id) WHERE state = 'OPEN';
CREATE INDEX abuse_case_by_score ON abuse_case (state, score_milli DESC, customer_id);
CREATE INDEX abuse_case_frozen ON abuse_case (customer_id) WHERE frozen OR flag_set;

CREATE TABLE abuse_scan (
  scan_id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  as_of       date        NOT NULL,
  state       text        NOT NULL CHECK (state IN ('RUNNING', 'DONE', 'FAILED')),
  author      text        NOT NULL,
  customers   bigint      NOT NULL DEFAULT 0,
  listed      bigint      NOT NULL DEFAULT 0,
  frozen      bigint      NOT NULL DEFAULT 0,
  opened      bigint      NOT NULL DEFAULT 0,
  groups      bigint      NOT NULL DEFAULT 0,
  message     text        NOT NULL DEFAULT '',
  started_at  timestamptz NOT NULL,
  ended_at    timestamptz,
  lease_until timestamptz NOT NULL -- by the database's clock
);
CREATE UNIQUE INDEX abuse_scan_running ON abuse_scan ((true)) WHERE state = 'RUNNING';

COMMIT;
