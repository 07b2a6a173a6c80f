BEGIN;
DROP TABLE issued_coupon, budget_slice, quota_use, reservation_claim, reservation, redeemer;
DROP FUNCTION budget_slice_of(bigint);
DROP FUNCTION budget_slices();
COMMIT;
