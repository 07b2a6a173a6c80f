SELECT customer_id, appeal_id, state, version, body, due, revision, event_id FROM appeal WHERE false;
SELECT customer_id, appeal_id, comment_id, body FROM appeal_comment WHERE false;
