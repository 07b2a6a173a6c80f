BEGIN;
DROP TABLE code_word, customer_match, event, customer;
COMMIT;
