BEGIN;
DROP TABLE frozen_population, regrade_run;
COMMIT;
