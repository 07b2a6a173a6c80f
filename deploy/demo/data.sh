# shellcheck shell=bash disable=SC2154 # demo.sh and installation.sh set demo and folder
# The two bases. Each is loaded once; when that was interrupted, what had arrived already counts once.

history_csv=deploy/data/online_retail/lines.csv.gz
history_columns=order_id=invoice_no,order_time=invoice_ts,customer_id=customer_id,sku=stock_code
history_columns+=,quantity=quantity,unit_price=unit_price
retail_day=2011-12-10
fresh_day=2026-04-01
fresh_customers=3000
fresh_lines=300

start_retail() {
  start_installation retail "$first_port" --zone Europe/London --currency GBP --sources orders --business-time "${retail_day}T12:00:00Z"
  say "retail  $(address "$demo/retail")  Europe/London, GBP, orders only; its clock starts on $retail_day and runs on"
}

start_fresh() {
  start_installation fresh $(($(<"$demo/retail/port") + 1)) --zone Asia/Shanghai --currency CNY \
    --presets "$PWD/deploy/presets" --business-time "${fresh_day}T09:00:00+08:00"
  say "fresh   $(address "$demo/fresh")  Asia/Shanghai, CNY, every source; its clock starts on $fresh_day and runs on"
}

# Today, not yesterday as by default: a batch doesn't replace what today's real time has decided.
regrade() { # DAY
  say "" "Events grade their customer as they arrive. Ranks (the top 10 %) need everybody, so the base is regraded:"
  call regrade start --as-of "$1" --watch --author demo
}

load_retail() {
  heading "Import a real order history"
  say "A British wholesaler of gifts, 2010-12-01 to 2011-12-09, in pounds: orders, but no categories, costs or" \
    "deliveries. The presets expect a fresh-produce wholesaler in yuan, so the demo sets the business date, zone and" \
    "currency and brings its own benchmarks in pence (deploy/demo/retail): £650 a year, which is the median customer," \
    "and 0.4 orders a month count as normal. Repurchase needs categories, so it is left out of the score and the other" \
    "weights share its place, like those of fulfilment and engagement. A line that occurs twice counts twice."
  enter retail
  if loaded; then
    say "" "Imported and graded by an earlier run, with this outcome:"
    cat "$folder/import.txt"
  else
    call model apply deploy/demo/retail/{kuailv,meicai}.json --author demo
    call import "$history_csv" --zone Europe/London --cancel-prefix C --map "$history_columns" | tee "$folder/import.txt"
    regrade "$retail_day"
  fi
}

load_fresh() {
  heading "Generate a fresh-produce base"
  say "$fresh_customers customers over 13 months, with deliveries, refunds, complaints, reviews, app sessions," \
    "invoices and values from outside; the shipped presets as they are."
  enter fresh
  if loaded; then
    say "Generated and graded by an earlier run."
  else
    call generate --customers "$fresh_customers" --lines-per-customer "$fresh_lines" --send
    regrade "$fresh_day"
  fi
}
