-- What rung's item-item step counts, as SQL says it at first: pairs of SKUs in one basket, their cosine, the 20 nearest of each.
CREATE TABLE neighbour AS
WITH bought AS (SELECT DISTINCT customer, day, sku FROM basket_line),
single AS (SELECT sku, count(*) AS n FROM bought GROUP BY sku),
pair AS (
  SELECT a.sku AS sku, b.sku AS other, count(*) AS n
  FROM bought a JOIN bought b ON a.customer = b.customer AND a.day = b.day AND a.sku <> b.sku
  GROUP BY a.sku, b.sku
),
ranked AS (
  SELECT pair.sku, pair.other, pair.n / sqrt(s.n::float8 * o.n) AS similarity,
         row_number() OVER (PARTITION BY pair.sku ORDER BY pair.n / sqrt(s.n::float8 * o.n) DESC, pair.other) AS place
  FROM pair JOIN single s ON s.sku = pair.sku JOIN single o ON o.sku = pair.other
)
SELECT sku, other, similarity FROM ranked WHERE place <= 20;
