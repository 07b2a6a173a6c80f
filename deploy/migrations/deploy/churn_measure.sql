-- What the risks of a list were judged by.
BEGIN;

ALTER TABLE churn_scan ADD COLUMN measure smallint NOT NULL DEFAULT 0;  -- rung.grading.v1.ChurnMeasure - 1: 0 joined, 1 recency

COMMIT;
