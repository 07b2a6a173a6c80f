-- The watch list of customers who are about to leave, and what was done about it.
BEGIN;

-- A scan makes a list. The newest list in state DONE is read; the one before it stays for pages that were begun. Reference data.
CREATE TABLE churn_scan (
  scan_id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  as_of          date        NOT NULL,
  fit_version    integer     NOT NULL,
  policy_version integer     NOT NULL,             -- 0: none
  ladder_no      smallint    NOT NULL DEFAULT -1,  -- whose tiers the list has; -1: none
  value_kind     smallint    NOT NULL DEFAULT 0,
  state          text        NOT NULL CHECK (state IN ('RUNNING', 'DONE', 'FAILED')),
  author         text        NOT NULL,
  customers      bigint      NOT NULL DEFAULT 0,
  watch          bigint      NOT NULL DEFAULT 0,
  high           bigint      NOT NULL DEFAULT 0,
  lost           bigint      NOT NULL DEFAULT 0,
  actions        bigint      NOT NULL DEFAULT 0,
  message        text        NOT NULL DEFAULT '',
  started_at     timestamptz NOT NULL,
  ended_at       timestamptz,
  lease_until    timestamptz NOT NULL              -- by the database's clock
);
CREATE UNIQUE INDEX churn_scan_running ON churn_scan ((true)) WHERE state = 'RUNNING';

CREATE TABLE churn_watch (
  customer_id     bigint           NOT NULL,
  scan_id         bigint           NOT NULL,
  place           bigint           NOT NULL,  -- 1, 2 ... by value at risk
  external_id     text             NOT NULL,
  risk            smallint         NOT NULL,  -- 1 watch, 2 high, 3 lost
  tier            smallint         NOT NULL,  -- number on the scan's ladder; -1: not graded
  region          integer          NOT NULL,  -- codes; -1: none known
  account_manager integer          NOT NULL,
  p_alive         double precision NOT NULL,
  days_silent     integer          NOT NULL,
  repeats         bigint           NOT NULL,
  own_gap_days    double precision NOT NULL,
  base_gap_days   double precision NOT NULL,
  value           bigint           NOT NULL,  -- of the last 365 days
  at_risk         bigint           NOT NULL,
  ltv             bigint,
  PRIMARY KEY (customer_id, scan_id)
);
CREATE INDEX churn_watch_by_place ON churn_watch (scan_id, place);
CREATE INDEX churn_watch_by_manager ON churn_watch (scan_id, account_manager, place);
CREATE INDEX churn_watch_by_region ON churn_watch (scan_id, region, place);
CREATE INDEX churn_watch_by_tier ON churn_watch (scan_id, tier, place);

CREATE SEQUENCE retention_action_turn;
CREATE TABLE retention_action (
  customer_id      bigint      NOT NULL,
  action_no        integer     NOT NULL,  -- 1, 2 ... per customer
  turn             bigint      NOT NULL DEFAULT nextval('retention_action_turn'), -- newest last
  external_id      text        NOT NULL,
  rule_id          text        NOT NULL,
  policy_version   integer     NOT NULL,
  coupon_id        text        NOT NULL,  -- empty: a task
  task_texts       jsonb       NOT NULL,  -- rung.grading.v1.TaskAction
  risk             smallint    NOT NULL,
  account_manager  integer     NOT NULL,
  planned_day      date        NOT NULL,
  planned_at       timestamptz NOT NULL,
  state            text        NOT NULL CHECK (state IN ('WAITING', 'DONE', 'REFUSED')),
  ended_at         timestamptz,
  issued_coupon_id text        NOT NULL DEFAULT '',
  refusal          text        NOT NULL DEFAULT '',
  PRIMARY KEY (customer_id, action_no)
);
CREATE INDEX retention_action_by_turn ON retention_action (turn);
CREATE INDEX retention_action_by_day ON retention_action (planned_day);
CREATE INDEX retention_action_by_manager ON retention_action (account_manager, turn);
CREATE INDEX retention_action_waiting ON retention_action (turn) WHERE state = 'WAITING';

COMMIT;
