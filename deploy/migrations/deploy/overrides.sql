BEGIN;

-- Tiers that people set. What is in force lies in the customer's standings; this is the file on it.
CREATE TABLE tier_override (
  customer_id bigint      NOT NULL,
  override_id text        NOT NULL,
  ladder_no   smallint    NOT NULL,
  tier_code   text        NOT NULL,
  until       date        NOT NULL, -- first day without it
  reason      text        NOT NULL,
  author      text        NOT NULL,
  created_at  timestamptz NOT NULL,
  ended_at    timestamptz,
  ended_by    text        NOT NULL DEFAULT '',
  end_reason  text        NOT NULL DEFAULT '',
  PRIMARY KEY (customer_id, override_id)
);
CREATE INDEX tier_override_by_time ON tier_override (created_at, customer_id);

COMMIT;
