SELECT closed_by, outcome, close_request FROM retention_action WHERE false;
