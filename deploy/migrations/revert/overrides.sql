BEGIN; DROP TABLE tier_override; COMMIT;
