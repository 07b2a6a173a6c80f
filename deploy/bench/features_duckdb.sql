-- The features that the five presets use, and the rank of the margin, derived from order lines and facts: what the
-- nightly run is measured against. Tables: lines(c, o, d, cat, amount, cost, promo), facts(c, kind, d, o, a, b), as
-- written by `rung-bench load`. D = 20543 is 2026-03-31.
CREATE OR REPLACE TEMP TABLE derived AS
WITH refund AS (
  SELECT c, o, sum(a) AS refunded, max(b) AS returned FROM facts WHERE kind = 'r' AND d <= 20543 GROUP BY c, o
), cancel AS (
  SELECT DISTINCT c, o FROM facts WHERE kind = 'x' AND d <= 20543
), review AS (
  SELECT DISTINCT c, o FROM facts WHERE kind = 'v' AND d <= 20543
), orders AS (
  SELECT l.c, l.o, min(l.d) AS d, sum(l.amount) AS gross,
         CASE WHEN count(l.cost) = count(*) THEN sum(l.cost) END AS cost
  FROM lines l WHERE l.d <= 20543 GROUP BY l.c, l.o
), state AS (
  SELECT o.c, o.o, o.d, o.gross, o.cost, x.c IS NOT NULL AS cancelled, coalesce(r.returned, 0) AS returned,
         v.c IS NOT NULL AS reviewed,
         CASE WHEN x.c IS NOT NULL THEN 0 ELSE greatest(0, o.gross - coalesce(r.refunded, 0)) END AS net
  FROM orders o LEFT JOIN refund r USING (c, o) LEFT JOIN cancel x USING (c, o) LEFT JOIN review v USING (c, o)
), spend AS (
  SELECT c, min(d) AS first_day, 20543 - max(d) FILTER (net > 0) AS recency_days,
         count(*) FILTER (net > 0 AND d > 20543 - 365) AS orders_365d, count(*) FILTER (net > 0 AND d > 20543 - 90) AS orders_90d,
         sum(net) FILTER (d > 20543 - 365) AS net_spend_365d, sum(net) FILTER (d > 20543 - 90) AS net_spend_90d,
         sum(net - CAST(round(cost::DOUBLE * net / gross) AS BIGINT)) FILTER (net > 0 AND cost IS NOT NULL AND d > 20543 - 365) AS gross_margin_365d,
         count(*) FILTER (NOT cancelled AND d > 20543 - 365) AS live, count(*) FILTER (NOT cancelled AND returned = 1 AND d > 20543 - 365) AS returns,
         count(*) FILTER (NOT cancelled AND reviewed AND d > 20543 - 365) AS reviews,
         count(DISTINCT (20543 - d) // 30) FILTER (net > 0 AND d > 20543 - 360) / 12.0 AS loyalty_12
  FROM state GROUP BY c
), days AS (
  SELECT DISTINCT c, d FROM state WHERE net > 0 AND d > 20543 - 365
), gaps AS (
  SELECT c, d - lag(d) OVER (PARTITION BY c ORDER BY d) AS gap FROM days
), intervals AS (
  SELECT c, median(gap) AS interval_days_median_365d FROM gaps WHERE gap IS NOT NULL GROUP BY c
), bought AS (
  SELECT l.c, l.cat, count(DISTINCT l.d) AS days FROM lines l JOIN state s ON s.c = l.c AND s.o = l.o
  WHERE s.net > 0 AND s.d > 20543 - 365 GROUP BY l.c, l.cat
), categories AS (
  SELECT c, count(*) AS category_count_365d, count(*) FILTER (days >= 2) / count(*) AS repeat_category_rate_365d FROM bought GROUP BY c
), service AS (
  SELECT c, avg(a) FILTER (kind = 'd' AND d > 20543 - 365 AND d <= 20543) AS on_time_rate_365d,
         count(*) FILTER (kind = 's' AND d > 20543 - 30 AND d <= 20543) AS app_sessions_30d,
         min(a) FILTER (kind = 'p') AS registered_day
  FROM facts GROUP BY c
)
SELECT sv.c, net_spend_365d, orders_365d, recency_days, loyalty_12, interval_days_median_365d, category_count_365d,
       repeat_category_rate_365d, on_time_rate_365d, returns / nullif(live, 0) AS return_rate_365d, app_sessions_30d,
       reviews / nullif(live, 0) AS review_rate_365d, net_spend_90d / nullif(orders_90d, 0) AS aov_90d,
       net_spend_365d / nullif(orders_365d, 0) AS aov_365d,
       orders_90d * 365.0 / (12 * greatest(365 / 12.0, least(90, 20543 - least(first_day, registered_day) + 1))) AS orders_per_month_90d,
       orders_365d * 365.0 / (12 * greatest(365 / 12.0, least(365, 20543 - least(first_day, registered_day) + 1))) AS orders_per_month_365d,
       gross_margin_365d, rank() OVER (ORDER BY gross_margin_365d DESC NULLS LAST) AS margin_rank
FROM service sv LEFT JOIN spend USING (c) LEFT JOIN intervals USING (c) LEFT JOIN categories USING (c);
