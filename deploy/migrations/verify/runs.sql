SELECT run_id, state, as_of, fence, wanted, lease_until FROM regrade_run WHERE false;
SELECT ladder_no, run_id, model_version, part, body FROM frozen_population WHERE false;
