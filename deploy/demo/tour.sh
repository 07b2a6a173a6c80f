# shellcheck shell=bash disable=SC2154 # demo.sh and data.sh set demo, bin and retail_day
# What a newcomer wants to see of the two bases.

retail_customer=14723
retail_features=tenure_days,recency_days,orders_90d,orders_365d,net_spend_365d,aov_90d,interval_days_median_365d
retail_features+=,loyalty_12,repeat_category_rate_365d,on_time_rate_365d
fresh_customer=c0000056
large_order_event=demo-large-order

large_order() {
  printf '{"customerId": "%s", "eventId": "%s", "eventTime": "%sT11:00:00Z", "source": "demo", "order": {"orderId": "%s",' \
    "$retail_customer" "$large_order_event" "$retail_day" "$large_order_event"
  printf ' "lines": [{"sku": "85123A", "quantityMilli": "3000000", "amountMinor": "600000"}]}}\n'
}

# The version of the customer's newest label.
newest_version() { # LADDER
  "$bin/rungctl" -o json tier history "$retail_customer" --ladder "$1" --limit 1 |
    sed -n 's/.*"version": "\([0-9]*\)".*/\1/p'
}

large_order_known() {
  "$bin/rungctl" -o json tier history "$retail_customer" --limit 500 | grep "event:$large_order_event" >/dev/null
}

show_distributions() { # OPTION...
  local ladder
  for ladder in kuailv meicai; do call tier distribution --ladder "$ladder" "$@"; done
}

show_customer() {
  heading "One customer"
  call features get "$retail_customer" --names "$retail_features"
  call grade "$retail_customer"
}

show_rise() {
  local ladder
  heading "A large order moves the customer up"
  if large_order_known; then
    say "It came in an earlier run. The same event once more counts once, so nothing moves now;" \
      "\"deploy/demo.sh reset\" takes you back to before it."
  fi
  for ladder in kuailv meicai; do call tier get "$retail_customer" --ladder "$ladder"; done
  say "" "An order of £6,000, as one event:"
  large_order
  large_order | call ingest -
  say "" "When that returns, the customer is graded; --min-version asks for a label at least as new:"
  for ladder in kuailv meicai; do
    call tier get "$retail_customer" --ladder "$ladder" --min-version "$(newest_version "$ladder")"
  done
  say "" "A label keeps the score of the decision that set it. Every one of them is on record:"
  call tier history "$retail_customer"
}

# The dimensions on one ladder, without the features behind them.
show_parts() { # LADDER
  call grade "$fresh_customer" --ladder "$1" | sed -n '/\$ rungctl/p; /^Ladder/p; /^Score/p; /^Computed/p; /^Part/,/^$/p'
}

# Trained once; shown again, the same model answers.
show_recommendations() {
  if ! "$bin/rungctl" recommend model >/dev/null 2>&1; then call recommend train; fi
  call recommend get "$retail_customer" --count 8
  call recommend get "$retail_customer" --count 3 --lang zh
  say "" "A stranger gets the popular list, and it says so:"
  call recommend get stranger --count 3
}

show_retail() {
  heading "Tiers under both systems"
  show_distributions
  show_customer
  show_rise
  heading "What a customer will buy next"
  show_recommendations
}

show_fresh() {
  local ladder
  heading "Tiers of the fresh-produce base"
  show_distributions --lang zh
  heading "Every dimension of both systems"
  call grade "$fresh_customer"
  for ladder in kuailv-class kuailv-rfmpl meicai meicai-rfmp; do show_parts "$ladder"; done
  show_change
  show_why
  show_checkout
  show_outlook
  show_watch_list
}

# A weight changed, looked at, published and taken back.
show_change() {
  local draft=${demo#"$PWD/"}/kuailv-less-spend.json
  heading "A change of rules, seen before it is published"
  say "Spend counts 35 % in KuaiLv's model. What if it counted 25?"
  "$bin/rungctl" model get kuailv --version 1 | sed '0,/"weight": 35/s//"weight": 25/' >"$draft"
  call model simulate "$draft" --as-of "$fresh_day" --movers 3
  if [[ $("$bin/rungctl" -o json model versions kuailv | grep -c '"version":') -lt 3 ]]; then
    say "" "Nobody's tier has moved yet. As a draft, published, and taken back:"
    call model draft save "$draft" --author demo
    call model publish kuailv --author demo --note "less weight on spend"
    call model diff kuailv --from 1 --to 2
    call model rollback kuailv 1 --author demo --note "the demo is over"
  else
    say "" "Published and taken back in an earlier run:"
    call model diff kuailv --from 1 --to 2
  fi
  call model versions kuailv
}

show_why() {
  heading "Why this tier, and what would be needed for the next one"
  call tier explain "$fresh_customer"
  call tier path "$fresh_customer" --lang zh
  call audit verify
}

# The first customer of a tier, by id.
customer_of_tier() { # TIER
  "$bin/rungctl" tags audience --tier "$1" | LC_ALL=C sort | head -n 1
}

# The first of a tier's customers to whom the quote hints at the next tier: the way there may take more than money.
hinted_customer() { # TIER BASKET…
  local tier=$1 customer
  shift
  for customer in $("$bin/rungctl" tags audience --tier "$tier" | LC_ALL=C sort | head -n 10); do
    if "$bin/rungctl" --lang zh price quote "$customer" "$@" | grep -q 再消费; then break; fi
  done
  echo "$customer"
}

# The same basket for two tiers, an order by the signed quote, and the bill at what was delivered.
show_checkout() {
  local bronze diamond quote=${demo#"$PWD/"}/quote.json
  local basket=(cherry-cl=4.5 cabbage=40 eggs-30=20 pork-belly=12 --delivery-fee 25)
  heading "Checkout: what a customer gets, and what a basket costs"
  if "$bin/rungctl" price book get default >/dev/null 2>&1; then
    say "Benefits, prices and tags were published by an earlier run."
  else
    call benefits apply deploy/checkout/benefits/kuailv.json --author demo
    call price policy apply deploy/checkout/policies/best-price.json --author demo
    call price import deploy/demo/prices.csv --breaks deploy/demo/breaks.csv --author demo
    call price book publish default --author demo
    call tags apply deploy/presets/tags/default.json --author demo
  fi
  bronze=$(customer_of_tier bronze) diamond=$(customer_of_tier diamond)
  call benefits get "$diamond" --lang zh
  say "" "The same basket for a bronze and a diamond customer:"
  call price quote "$bronze" "${basket[@]}"
  call price quote "$diamond" "${basket[@]}" --trace --sign "$quote"
  say "" "What more would bring a platinum customer, in Chinese, from the real way to the next tier and what it really gives:"
  call price quote "$(hinted_customer platinum "${basket[@]}")" "${basket[@]}" --lang zh
  say "" "The order is placed by the signed quote, and billed at what was delivered:"
  call price verify "$quote" --order "demo-$(date +%s)"
  call price settle "$quote" 4.32 41.5 20 11.8
}

show_outlook() {
  heading "What a customer will do"
  if ! "$bin/rungctl" stats show >/dev/null 2>&1; then call stats fit --store --author demo; fi
  call stats outlook "$fresh_customer"
}

publish_retention() {
  local coupon
  for coupon in win-back second-order; do call coupon apply "deploy/retention/$coupon.json" --author demo; done
  call retention-policy apply deploy/retention/policy.json --author demo
  call recommendation-policy apply deploy/recommendations/policy.json --author demo
}

# Coupons are issued behind the scan, within seconds.
wait_for_coupons() {
  local deadline=$((SECONDS + 30))
  while "$bin/rungctl" -o json churn actions --state waiting --limit 1 | grep '"customerId"' >/dev/null && ((SECONDS < deadline)); do sleep 0.2; done
}

# The watch list, what the policy did about it, and one customer of it with its value, risk and recommendations.
show_watch_list() {
  local leaving
  heading "Who is about to leave, and what is done about it"
  if "$bin/rungctl" retention-policy get >/dev/null 2>&1; then
    say "Policies and coupons were published by an earlier run. The limits keep it from doing the same again:"
  else
    publish_retention
  fi
  call churn scan --author demo
  call churn list --limit 4
  say "" "Those who can still be won back, and those of one account manager:"
  call churn list --risk watch,high --tier diamond,platinum,gold --limit 5
  call churn list --manager am-gz-09 --limit 3 --lang zh
  wait_for_coupons
  call churn actions --limit 8
  leaving=$("$bin/rungctl" -o json churn list --risk high --limit 1 | sed -n 's/.*"customerId": "\(.*\)".*/\1/p')
  say "" "The most valuable one at high risk: what it will bring, what it will buy, and its coupon:"
  call stats outlook "$leaving" --lang zh
  if ! "$bin/rungctl" recommend model >/dev/null 2>&1; then call recommend train; fi
  call recommend get "$leaving" --count 6
  if "$bin/rungctl" -o json recommend get "$leaving" | grep '"couponProgram": "[^"]' >/dev/null; then call recommend claim "$leaving"; fi
  say "" "Whoever has just registered gets bestsellers and what is on promotion:"
  call recommend get newcomer --count 6 --lang zh
  say "" "What the policy makes of the base, and what it costs:"
  call recommend preview
}

show_way_on() {
  local retail fresh
  retail=$(address "$demo/retail") fresh=$(address "$demo/fresh")
  heading "Go on"
  say "Both suites keep running. In $PWD:" \
    "  export PATH=\$PWD/build/release/bin:\$PATH RUNG_SERVER=$retail    # or $fresh" \
    "  rungctl status" \
    "  rungctl tier get $retail_customer --lang zh" \
    "  rungctl tier batch 12346 12347 17850" \
    "  rungctl features definitions" \
    "  rungctl model get kuailv >kuailv.json    # edit it, then: rungctl model apply kuailv.json" \
    "  rungctl regrade start --as-of $retail_day --watch" \
    "  rungctl --server $fresh grade $fresh_customer --ladder meicai" \
    "  rungctl --server $fresh features audit --sample-every 10" \
    "Without any .proto, by reflection (README.md says how to get grpcurl):" \
    "  grpcurl -plaintext $retail list" \
    "  grpcurl -plaintext $retail describe rung.grading.v1.TierService" \
    "  grpcurl -plaintext -d '{\"customer_id\": \"$retail_customer\"}' $retail rung.grading.v1.TierService/GetTier" \
    "  grpcurl -plaintext -d '{\"customer_id\": \"$fresh_customer\"}' $fresh rung.grading.v1.RegradeService/GradeCustomer" \
    "Metrics and logs:" \
    "  curl -s 127.0.0.1:$(<"$demo/retail/metrics_port")/metrics" \
    "  tail ${demo#"$PWD/"}/{retail,fresh}/suite.log" \
    "Stop it: deploy/demo.sh stop (keeps the data) or deploy/demo.sh reset (deletes it)."
}
