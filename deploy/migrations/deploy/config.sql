-- The life of configuration. Reference data: the same on every node.
BEGIN;
SET LOCAL client_min_messages = warning;

-- Services act as this role, whoever they log in as: it can't touch what must only grow.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rung_service') THEN
    CREATE ROLE rung_service NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this server was quicker
END $$;
GRANT rung_service TO CURRENT_USER;
GRANT USAGE ON SCHEMA public TO rung_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO rung_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO rung_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO rung_service;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

-- Makes a table append-only, by permission and by trigger.
CREATE PROCEDURE make_append_only(target regclass) LANGUAGE plpgsql AS $$
DECLARE
  part regclass;
BEGIN
  EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION refuse_change()', target);
  FOR part IN SELECT target UNION ALL SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = target LOOP
    EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', part);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM rung_service', part);
  END LOOP;
END $$;

CREATE SEQUENCE config_draft_revision;
CREATE TABLE config_draft (
  kind         text        NOT NULL,
  document_id  text        NOT NULL,
  body         text        NOT NULL, -- the document as JSON
  etag         text        NOT NULL,
  base_version integer     NOT NULL,
  author       text        NOT NULL,
  updated_at   timestamptz NOT NULL,
  PRIMARY KEY (kind, document_id)
);

CREATE TABLE config_approval (
  kind        text        NOT NULL,
  document_id text        NOT NULL,
  author      text        NOT NULL,
  note        text        NOT NULL,
  approved_at timestamptz NOT NULL,
  PRIMARY KEY (kind, document_id, author),
  FOREIGN KEY (kind, document_id) REFERENCES config_draft ON DELETE CASCADE
);

-- Immutable.
CREATE TABLE config_version (
  kind             text        NOT NULL,
  document_id      text        NOT NULL,
  version          integer     NOT NULL,
  body             text        NOT NULL, -- the bytes that were published, for good
  etag             text        NOT NULL,
  author           text        NOT NULL,
  approver         text        NOT NULL,
  note             text        NOT NULL,
  restored_version integer     NOT NULL, -- 0: no roll-back
  published_at     timestamptz NOT NULL,
  PRIMARY KEY (kind, document_id, version)
);
CALL make_append_only('config_version');

CREATE TABLE config_schedule (
  schedule_id  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind         text        NOT NULL,
  document_id  text        NOT NULL,
  body         text        NOT NULL,
  base_version integer     NOT NULL,
  author       text        NOT NULL,
  approver     text        NOT NULL,
  note         text        NOT NULL,
  publish_at   timestamptz NOT NULL,
  state        text        NOT NULL CHECK (state IN ('WAITING', 'PUBLISHED', 'CANCELLED', 'FAILED')),
  version      integer     NOT NULL DEFAULT 0,
  message      text        NOT NULL DEFAULT ''
);
CREATE INDEX config_schedule_waiting ON config_schedule (publish_at) WHERE state = 'WAITING';

-- Answers to writes that carry a request_id.
CREATE TABLE request (
  method       text        NOT NULL,
  request_id   text        NOT NULL,
  request_hash bytea       NOT NULL,
  response     bytea       NOT NULL,
  created_at   timestamptz NOT NULL,
  PRIMARY KEY (method, request_id)
);

-- Heads of the hash chains over audit_entry and tier_change: 0 to 63 by customer (customer_id & 63), 64 configuration.
CREATE TABLE audit_chain (
  chain  smallint PRIMARY KEY,
  length bigint   NOT NULL,
  hash   bytea    NOT NULL
);
INSERT INTO audit_chain SELECT n, 0, '\x0000000000000000000000000000000000000000000000000000000000000000' FROM generate_series(0, 64) AS n;
REVOKE INSERT, DELETE, TRUNCATE ON audit_chain FROM rung_service;  -- heads move on; none comes or goes

-- Who changed what and why. hash = SHA-256(hash of the entry before || this entry).
CREATE TABLE audit_entry (
  customer_id bigint      NOT NULL, -- 0: configuration
  chain       smallint    NOT NULL,
  chain_seq   bigint      NOT NULL,
  recorded_at timestamptz NOT NULL,
  actor       text        NOT NULL,
  action      text        NOT NULL,
  subject     text        NOT NULL,
  reason      text        NOT NULL,
  before      text        NOT NULL,
  after       text        NOT NULL,
  chain_hash  bytea       NOT NULL,
  PRIMARY KEY (customer_id, chain_seq)
);
CREATE INDEX audit_entry_by_subject ON audit_entry (subject text_pattern_ops);
CALL make_append_only('audit_entry');

COMMIT;
