"""DuckDB as a yardstick: derives features from CSV files written by `rung-bench load`, or ranks one column.

usage: duckdb_times.py features SQL LINES.csv FACTS.csv ROUNDS | daily ... | ranks COLUMN.csv ROUNDS
"""
import statistics
import sys
import time

import duckdb


def timed(connection, sql):
    start = time.monotonic()
    connection.execute(sql)
    return time.monotonic() - start


def main():
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    if sys.argv[1] == "ranks":
        connection.execute(f"CREATE TABLE t AS SELECT x FROM read_csv('{sys.argv[2]}', header = true)")
        sql = "CREATE OR REPLACE TEMP TABLE r AS SELECT x, rank() OVER (ORDER BY x DESC) AS k FROM t"
        times = [timed(connection, sql) for _ in range(int(sys.argv[3]))]
        print(f"duckdb_rank_seconds\t{statistics.median(times):.6g}")
        return
    _, _, sql_file, lines, facts, rounds = sys.argv
    connection.execute(f"CREATE TABLE lines AS SELECT * FROM read_csv('{lines}', header = true)")
    connection.execute(f"CREATE TABLE facts AS SELECT * FROM read_csv('{facts}', header = true)")
    sql = open(sql_file, encoding="utf-8").read()
    times = [timed(connection, sql) for _ in range(int(rounds))]
    print(f"duckdb_features_seconds\t{statistics.median(times):.6g}")
    print(f"duckdb_customers\t{connection.execute('SELECT count(*) FROM derived').fetchone()[0]}")
    print(f"duckdb_net_spend\t{connection.execute('SELECT sum(net_spend_365d) FROM derived').fetchone()[0]}")


main()
