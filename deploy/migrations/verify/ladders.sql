SELECT ladder_no, ladder_id, tier_codes, is_default FROM ladder WHERE false;
SELECT ladder_no, version, body, etag, author, published_at FROM model_version WHERE false;
SELECT method, request_id, request_hash, response, created_at FROM request WHERE false;
SELECT customer_id, ladder_no, version, from_tier, to_tier, reason, cause FROM tier_change WHERE false;
SELECT customer_id, check_bits, ladder_no, label FROM outbox WHERE false;
