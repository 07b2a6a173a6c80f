-- Uses of limited benefits, and coupons: held for an order, redeemed or given back.
BEGIN;

-- Whoever reserves, redeems or is issued something. Its row is locked first: a customer's uses take turns.
CREATE TABLE redeemer (
  customer_id bigint NOT NULL PRIMARY KEY,
  external_id text   NOT NULL,
  turns       bigint NOT NULL -- numbers what follows
);

CREATE TABLE reservation (
  customer_id    bigint      NOT NULL REFERENCES redeemer,
  reservation_id text        NOT NULL, -- the request's id
  turn           bigint      NOT NULL, -- newer is larger
  request_hash   bytea       NOT NULL,
  order_id       text        NOT NULL,
  state          text        NOT NULL CHECK (state IN ('RESERVED', 'COMMITTED', 'RELEASED', 'EXPIRED')),
  plan_id        text        NOT NULL,
  plan_version   integer     NOT NULL,
  reserved_at    timestamptz NOT NULL,
  expire_at      timestamptz NOT NULL,
  ended_at       timestamptz,
  PRIMARY KEY (customer_id, reservation_id)
);
CREATE INDEX reservation_by_order ON reservation (customer_id, order_id);
CREATE INDEX reservation_by_turn ON reservation (customer_id, turn);
CREATE INDEX reservation_held ON reservation (expire_at) WHERE state = 'RESERVED';
CREATE INDEX reservation_held_by_customer ON reservation (customer_id) WHERE state = 'RESERVED';

-- What a reservation has taken, and from where, so that it can be given back there.
CREATE TABLE reservation_claim (
  customer_id    bigint   NOT NULL,
  reservation_id text     NOT NULL,
  claim_no       smallint NOT NULL,
  subject        text     NOT NULL, -- "benefit:PLAN/BENEFIT", "coupon:ISSUED"
  uses           bigint   NOT NULL CHECK (uses > 0),
  amount         bigint   NOT NULL CHECK (amount >= 0),
  metered        boolean  NOT NULL, -- the uses stand in quota_use
  period_start   date     NOT NULL,
  pool           text     NOT NULL, -- the amount stands in budget_slice; empty: nowhere
  PRIMARY KEY (customer_id, reservation_id, claim_no),
  FOREIGN KEY (customer_id, reservation_id) REFERENCES reservation
);
CREATE INDEX reservation_claim_by_subject ON reservation_claim (customer_id, subject);

-- Uses of one customer in one period, held and redeemed.
CREATE TABLE quota_use (
  customer_id  bigint NOT NULL,
  subject      text   NOT NULL,
  period_start date   NOT NULL, -- of what has no period: 1970-01-01
  taken        bigint NOT NULL CHECK (taken >= 0),
  PRIMARY KEY (customer_id, subject, period_start)
);

-- Budgets that customers share, cut into slices so that an order takes from a row of its own shard and seldom waits.
-- The sum of `granted` over a pool never exceeds the budget that it was cut from, nor `taken` what is granted.
CREATE TABLE budget_slice (
  customer_id bigint NOT NULL, -- stands for the customers of the slice, see budget_slice_of
  pool        text   NOT NULL, -- "benefit:PLAN/BENEFIT", "coupon:ID", "issue:ID"
  cut_from    bigint,          -- the budget as of the last cut; NULL: unlimited, only counted
  granted     bigint NOT NULL,
  taken       bigint NOT NULL CHECK (taken >= 0),
  PRIMARY KEY (customer_id, pool)
);
CREATE INDEX budget_slice_by_pool ON budget_slice (pool);

-- The one place that knows the slices: a distributed installation answers with a number of the customer's own shard.
CREATE FUNCTION budget_slice_of(customer_id bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT $1 & 15';
CREATE FUNCTION budget_slices() RETURNS SETOF bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT generate_series(0::bigint, 15)';

CREATE TABLE issued_coupon (
  customer_id      bigint      NOT NULL REFERENCES redeemer,
  issued_coupon_id text        NOT NULL,
  request_id       text        NOT NULL,
  request_hash     bytea       NOT NULL,
  turn             bigint      NOT NULL,
  coupon_id        text        NOT NULL,
  coupon_version   integer     NOT NULL,
  source           text        NOT NULL,
  issued_at        timestamptz NOT NULL,
  until_day        date,                 -- last day; NULL: open
  PRIMARY KEY (customer_id, issued_coupon_id),
  UNIQUE (customer_id, request_id)
);
CREATE INDEX issued_coupon_by_turn ON issued_coupon (customer_id, turn);

COMMIT;
