SELECT version, as_of, trained_at, training_ms, body_bytes FROM recommendation_model WHERE false;
SELECT version, chunk_no, key_id, body FROM recommendation_model_chunk WHERE false;
SELECT lease_until FROM recommendation_training WHERE false;
SELECT sku, state, revision FROM recommendation_availability WHERE false;
SELECT customer_id, feedback_id, day, sku, source, action, model_version, policy_version, audience FROM recommendation_feedback WHERE false;
