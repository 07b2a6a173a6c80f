-- Fits of the customer-base models to the whole base. The newest is in force. Reference data: the same on every node.
BEGIN;

CREATE TABLE base_fit (
  fit_version integer     PRIMARY KEY, -- 1, 2 ...
  request_id  text        NOT NULL UNIQUE,
  as_of       date        NOT NULL,
  author      text        NOT NULL,
  fitted_at   timestamptz NOT NULL,
  body        bytea       NOT NULL     -- rung.grading.v1.BaseFit
);
CALL make_append_only('base_fit');

COMMIT;
