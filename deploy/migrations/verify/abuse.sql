SELECT customer_id, case_no, state, frozen, score_milli, signals, frozen_until, flag_set FROM abuse_case WHERE false;
SELECT scan_id, state, lease_until FROM abuse_scan WHERE false;
