SELECT customer_id, override_id, ladder_no, tier_code, until, ended_at FROM tier_override WHERE false;
