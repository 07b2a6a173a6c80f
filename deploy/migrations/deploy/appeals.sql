-- Appeals against decisions: the file, its comments, its resolution.
BEGIN;

CREATE TABLE appeal (
  customer_id       bigint      NOT NULL,
  appeal_id         text        NOT NULL,
  external_id       text        NOT NULL,
  ladder_no         smallint    NOT NULL,
  version           bigint      NOT NULL, -- of the label that is appealed against
  tier_code         text        NOT NULL,
  state             text        NOT NULL CHECK (state IN ('OPEN', 'ACCEPTING', 'ACCEPTED', 'REJECTED', 'WITHDRAWN')),
  key_id            smallint    NOT NULL,
  body              bytea       NOT NULL, -- sealed: rung.grading.v1.Appeal with text and contact
  body_hash         bytea       NOT NULL, -- tells a repeated filing from another one
  author            text        NOT NULL,
  filed_at          timestamptz NOT NULL,
  due               date        NOT NULL,
  assignee          text        NOT NULL DEFAULT '',
  updated_at        timestamptz NOT NULL,
  revision          integer     NOT NULL DEFAULT 1,
  resolved_at       timestamptz,
  resolved_by       text        NOT NULL DEFAULT '',
  resolution_reason text        NOT NULL DEFAULT '',
  event_id          text        NOT NULL DEFAULT '', -- of the correcting event
  correction_key_id smallint    NOT NULL DEFAULT 0,
  correction        bytea       NOT NULL DEFAULT '', -- sealed: that event, so that an interrupted acceptance is completed with it
  tier_before       text        NOT NULL DEFAULT '',
  tier_after        text        NOT NULL DEFAULT '',
  PRIMARY KEY (customer_id, appeal_id)
);
CREATE UNIQUE INDEX appeal_pending ON appeal (customer_id, ladder_no, version) WHERE state IN ('OPEN', 'ACCEPTING');
CREATE INDEX appeal_queue ON appeal (due, filed_at, customer_id) WHERE state IN ('OPEN', 'ACCEPTING');
CREATE INDEX appeal_by_state ON appeal (state, due, filed_at, customer_id);

CREATE TABLE appeal_comment (
  customer_id bigint      NOT NULL,
  appeal_id   text        NOT NULL,
  comment_id  text        NOT NULL,
  author      text        NOT NULL,
  key_id      smallint    NOT NULL,
  body        bytea       NOT NULL, -- sealed: the text
  body_hash   bytea       NOT NULL,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (customer_id, appeal_id, comment_id),
  FOREIGN KEY (customer_id, appeal_id) REFERENCES appeal (customer_id, appeal_id)
);

COMMIT;
