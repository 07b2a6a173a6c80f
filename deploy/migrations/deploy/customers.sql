-- Customer data is keyed by customer_id first, everywhere: a customer's transaction touches one shard, whether the
-- tables are hash-partitioned here or distributed over nodes.
BEGIN;

-- One row per customer, rewritten by every event: the condensed history and the standings on all ladders.
CREATE TABLE customer (
  customer_id bigint NOT NULL,      -- low half of the id's fingerprint
  check_bits  bigint NOT NULL,      -- high half
  external_id text   NOT NULL,
  state       bytea  NOT NULL DEFAULT '',
  standings   bytea  NOT NULL DEFAULT '',
  PRIMARY KEY (customer_id)
  -- Room on the page keeps updates heap-only; states stay in the row up to 8 kB and aren't worth compressing.
) WITH (fillfactor = 70, toast_tuple_target = 8160);
ALTER TABLE customer ALTER COLUMN state SET STORAGE EXTERNAL;

-- Every accepted event, as it came. The truth that everything else can be rebuilt from.
CREATE TABLE event (
  customer_id bigint      NOT NULL,
  event_id    text        NOT NULL,
  kind        smallint    NOT NULL, -- number of the fact's field in rung.grading.v1.Event
  event_time  timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  body_hash   bytea       NOT NULL, -- keyed: tells whether the same id came with the same body
  key_id      smallint    NOT NULL, -- 0: body is plain; else sealed under that key
  body        bytea       NOT NULL, -- rung.grading.v1.Event without the two ids
  PRIMARY KEY (customer_id, event_id)
) PARTITION BY HASH (customer_id);

DO $$
BEGIN
  FOR p IN 0..7 LOOP
    EXECUTE format('CREATE TABLE event_%s PARTITION OF event FOR VALUES WITH (MODULUS 8, REMAINDER %s)', p, p);
  END LOOP;
END $$;

-- Keyed blind indexes of what accounts may share: found without being readable.
CREATE TABLE customer_match (
  customer_id bigint   NOT NULL,
  kind        smallint NOT NULL,    -- 1 phone, 2 address, 3 payer, 4 device
  blind_index bytea    NOT NULL,
  PRIMARY KEY (customer_id, kind, blind_index)
);
CREATE INDEX customer_match_by_value ON customer_match (kind, blind_index);

-- Small integers for the words that states repeat. Reference data.
CREATE TABLE code_word (
  kind smallint NOT NULL,           -- 1 category, 2 region, 3 segment, 4 outside value, 5 account manager
  code integer  NOT NULL,
  word text     NOT NULL,
  PRIMARY KEY (kind, code),
  UNIQUE (kind, word)
);

COMMIT;
