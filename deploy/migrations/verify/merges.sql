SELECT merged_into FROM customer WHERE false;
SELECT customer_id, target_id, request_id, request_hash, event_count, reason, author, merged_at FROM account_merge WHERE false;
