SELECT fit_version, request_id, as_of, author, fitted_at, body FROM base_fit WHERE false;
