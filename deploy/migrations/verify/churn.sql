SELECT scan_id, as_of, state, lease_until FROM churn_scan WHERE false;
SELECT customer_id, scan_id, place, risk, tier, region, account_manager FROM churn_watch WHERE false;
SELECT customer_id, action_no, turn, rule_id, state, coupon_id FROM retention_action WHERE false;
