BEGIN;

CREATE TABLE regrade_run (
  run_id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  request_id       text        NOT NULL UNIQUE,
  state            text        NOT NULL CHECK (state IN ('RUNNING', 'PAUSED', 'HELD', 'DONE', 'CANCELLED', 'FAILED')),
  as_of            date        NOT NULL,
  author           text        NOT NULL,
  override_guard   boolean     NOT NULL,
  phase            text        NOT NULL DEFAULT 'loading',
  customers        bigint      NOT NULL DEFAULT 0,
  progress         bigint      NOT NULL DEFAULT 0,
  planned          bigint      NOT NULL DEFAULT 0,
  planned_downgrades bigint    NOT NULL DEFAULT 0,
  upgraded         bigint      NOT NULL DEFAULT 0,
  downgraded       bigint      NOT NULL DEFAULT 0,
  first_graded     bigint      NOT NULL DEFAULT 0,
  superseded       bigint      NOT NULL DEFAULT 0,
  message          text        NOT NULL DEFAULT '',
  started_at       timestamptz NOT NULL,
  ended_at         timestamptz,
  fence            bigint      NOT NULL DEFAULT 0,  -- grows with every runner; a runner with an older one may not write
  wanted           text        NOT NULL DEFAULT '', -- what an operator asked the runner to do: PAUSE, CANCEL
  lease_until      timestamptz NOT NULL             -- by the database's clock
);
-- At most one unfinished run.
CREATE UNIQUE INDEX regrade_run_unfinished ON regrade_run ((true)) WHERE state IN ('RUNNING', 'PAUSED', 'HELD');

-- What real time needs of the last batch: per ladder the population's values, in chunks.
CREATE TABLE frozen_population (
  ladder_no     smallint NOT NULL,
  run_id        bigint   NOT NULL,
  model_version integer  NOT NULL,
  part          integer  NOT NULL,
  body          bytea    NOT NULL,
  PRIMARY KEY (ladder_no, run_id, part)
);

COMMIT;
