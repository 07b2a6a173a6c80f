-- Recommendations: trained models, what may be sold, what customers did with the lists.
BEGIN;

CREATE TABLE recommendation_model (
  version     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  as_of       date        NOT NULL,
  trained_at  timestamptz NOT NULL,
  training_ms bigint      NOT NULL,
  body_bytes  bigint      NOT NULL
);

-- A model is larger than what one value should hold.
CREATE TABLE recommendation_model_chunk (
  version  bigint   NOT NULL REFERENCES recommendation_model ON DELETE CASCADE,
  chunk_no integer  NOT NULL,
  key_id   smallint NOT NULL,
  body     bytea    NOT NULL, -- sealed
  PRIMARY KEY (version, chunk_no)
);
ALTER TABLE recommendation_model_chunk ALTER COLUMN body SET STORAGE EXTERNAL;

-- One training at a time.
CREATE TABLE recommendation_training (
  only_one    boolean     PRIMARY KEY DEFAULT true CHECK (only_one),
  lease_until timestamptz NOT NULL -- by the database's clock
);

CREATE TABLE recommendation_availability (
  sku      text   PRIMARY KEY,
  state    text   NOT NULL CHECK (state IN ('AVAILABLE', 'OUT_OF_STOCK', 'BLOCKED')),
  revision bigint NOT NULL -- of the change that set it
);

CREATE INDEX recommendation_availability_by_revision ON recommendation_availability (revision);

CREATE TABLE recommendation_feedback (
  customer_id    bigint   NOT NULL,
  feedback_id    text     NOT NULL,
  day            date     NOT NULL,
  sku            text     NOT NULL,
  source         smallint NOT NULL, -- number in rung.recommendations.v1, like action
  action         smallint NOT NULL,
  model_version  bigint   NOT NULL,
  policy_version integer  NOT NULL,
  audience       text     NOT NULL,
  PRIMARY KEY (customer_id, feedback_id)
);
CREATE INDEX recommendation_feedback_by_day ON recommendation_feedback (day);

COMMIT;
