BEGIN;

-- Reference data: a ladder is named by its model, whose versions are in config_version.
CREATE TABLE ladder (
  ladder_no  smallint NOT NULL PRIMARY KEY,
  ladder_id  text     NOT NULL UNIQUE,
  tier_codes text[]   NOT NULL,     -- append-only: a tier's number is its place here and never changes its meaning
  is_default boolean  NOT NULL
);
CREATE UNIQUE INDEX ladder_default ON ladder (is_default) WHERE is_default;

-- Every change of an effective tier, with what it was decided from. Append-only and chained.
CREATE TABLE tier_change (
  customer_id   bigint      NOT NULL,
  ladder_no     smallint    NOT NULL,
  version       bigint      NOT NULL,
  from_tier     text,
  to_tier       text        NOT NULL,
  computed_tier text        NOT NULL,
  score_milli   integer     NOT NULL,
  reason        text        NOT NULL,
  model_version integer     NOT NULL,
  as_of         date        NOT NULL,
  recorded_at   timestamptz NOT NULL,
  cause         text        NOT NULL, -- "run:17", "event:oms-000017"
  inputs        bytea       NOT NULL, -- scoring inputs, so that the decision can be replayed bit for bit
  chain_seq     bigint      NOT NULL, -- place in chain customer_id & 63
  chain_hash    bytea       NOT NULL, -- SHA-256(hash of the entry before || this row)
  PRIMARY KEY (customer_id, ladder_no, version, model_version)
) PARTITION BY HASH (customer_id);

-- For those who follow the history: a chain's places become visible in their order.
CREATE INDEX tier_change_chain ON tier_change (((customer_id & 63)::smallint), chain_seq);

-- Labels on their way to Redis. A label is one word that only grows, so neither order nor repetition matters.
CREATE TABLE outbox (
  customer_id bigint   NOT NULL,
  check_bits  bigint   NOT NULL,
  ladder_no   smallint NOT NULL,
  label       bigint   NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

DO $$
BEGIN
  FOR p IN 0..7 LOOP
    EXECUTE format('CREATE TABLE tier_change_%s PARTITION OF tier_change FOR VALUES WITH (MODULUS 8, REMAINDER %s)', p, p);
  END LOOP;
END $$;
CALL make_append_only('tier_change');

COMMIT;
