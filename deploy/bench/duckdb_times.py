"""DuckDB as a yardstick: derives features from CSV files written by `rung-bench load`, or ranks eight columns.

usage: duckdb_times.py features SQL LINES.csv FACTS.csv ROUNDS | daily ... | ranks COLUMNS.csv ROUNDS
"""
import resource
import statistics
import sys
import time

import duckdb


def timed(connection, sql):
    start = time.monotonic()
    connection.execute(sql)
    return time.monotonic() - start


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def ranks(connection, csv, rounds):
    connection.execute(f"CREATE TABLE t AS SELECT * FROM read_csv('{csv}', header = true)")
    connection.execute("CREATE TABLE d AS SELECT i, " + ", ".join(f"x{c}::DOUBLE AS x{c}" for c in range(8)) + " FROM t")
    columns = ", ".join(f"rank() OVER (ORDER BY x{c} DESC) AS k{c}" for c in range(8))
    times, cpu_times = [], []
    for _ in range(rounds):
        start = cpu()
        times.append(timed(connection, f"CREATE OR REPLACE TEMP TABLE r AS SELECT i, {columns} FROM d"))
        cpu_times.append(cpu() - start)
    print(f"duckdb_rank_seconds\t{statistics.median(times):.6g}")
    print(f"duckdb_rank_cpu_seconds\t{statistics.median(cpu_times):.6g}")
    total = " + ".join(f"k{c}" for c in range(8))
    check = connection.execute(f"SELECT sum(({total})::HUGEINT * (i % 977)) FROM r").fetchone()[0]
    print(f"rank_check\t{check}")


def main():
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    if sys.argv[1] == "ranks":
        ranks(connection, sys.argv[2], int(sys.argv[3]))
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
