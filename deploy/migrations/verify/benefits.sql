SELECT customer_id, external_id, turns FROM redeemer WHERE false;
SELECT customer_id, reservation_id, turn, request_hash, order_id, state, expire_at FROM reservation WHERE false;
SELECT customer_id, reservation_id, claim_no, subject, uses, amount, metered, period_start, pool FROM reservation_claim WHERE false;
SELECT customer_id, subject, period_start, taken FROM quota_use WHERE false;
SELECT customer_id, pool, cut_from, granted, taken FROM budget_slice WHERE false;
SELECT customer_id, issued_coupon_id, request_id, coupon_id, coupon_version, until_day FROM issued_coupon WHERE false;
SELECT 1 / (budget_slice_of(17) IN (SELECT budget_slices()))::int;
