SELECT group_no, outside FROM customer WHERE false;
SELECT group_no, group_id, name, revision, author, created_at FROM account_group WHERE false;
SELECT customer_id, cause, takes_back, day FROM group_due WHERE false;
