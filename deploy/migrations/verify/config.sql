SELECT kind, document_id, version, body, etag FROM config_version WHERE false;
SELECT kind, document_id, etag, base_version FROM config_draft WHERE false;
SELECT schedule_id, state, publish_at FROM config_schedule WHERE false;
SELECT chain, length, hash FROM audit_chain WHERE false;
SELECT 1 / (count(*) = 65)::int FROM audit_chain;
SELECT customer_id, chain, chain_seq, chain_hash FROM audit_entry WHERE false;
