SELECT measure FROM churn_scan WHERE false;
