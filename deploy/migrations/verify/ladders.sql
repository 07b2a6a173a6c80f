SELECT ladder_no, ladder_id, tier_codes, is_default FROM ladder WHERE false;
SELECT customer_id, ladder_no, version, from_tier, to_tier, reason, cause, inputs, chain_seq, chain_hash FROM tier_change WHERE false;
SELECT customer_id, check_bits, ladder_no, label FROM outbox WHERE false;
