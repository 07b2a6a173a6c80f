BEGIN;
DROP TABLE recommendation_feedback, recommendation_availability, recommendation_training, recommendation_model_chunk, recommendation_model;
COMMIT;
