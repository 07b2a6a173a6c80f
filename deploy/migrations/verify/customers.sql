SELECT customer_id, check_bits, external_id, state, standings FROM customer WHERE false;
SELECT customer_id, event_id, kind, event_time, recorded_at, body_hash, key_id, body FROM event WHERE false;
SELECT customer_id, kind, blind_index FROM customer_match WHERE false;
SELECT kind, code, word FROM code_word WHERE false;
