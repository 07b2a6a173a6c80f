"""What a basket costs, written down from the published definition of prices alone and in its words.

It shares no line and no thought with the engine: whole numbers of any size, exact fractions, plain lists. A case has the
form of tests/data/pricing_vectors.json.gz, and may have more: lines with several `prices` (region, days), offers with days,
a tier that isn't known when quoted, lines that can't be priced.
"""

MOST = 10**13  # fen in an amount of a line


def half_up(a, b):
    return (2 * a + b) // (2 * b)


def up(a, b):
    return -(-a // b)


def in_scope(scope, line):
    if scope == "all":
        return True
    kind, value = scope.split(":", 1)
    if kind == "sku":
        return line["sku"] == value
    return line["category"] == value or line["category"].startswith(value + "/")


def holds(days, day):
    return days.get("from", day) <= day <= days.get("until", day)


# ---- the price of a line, and whether it can be had ---------------------------------------------------------------

def price_of(line, case):
    """The region's price of the day, completed from that for everywhere; None: not for sale."""
    if "prices" not in line:
        return line
    day = case.get("day", "")
    found = {p.get("region", ""): p for p in reversed(line["prices"]) if holds(p, day)}
    everywhere, regional = found.get(""), found.get(case.get("region") or None)
    if regional is None:
        return everywhere
    return {**{k: v for k, v in (everywhere or {}).items() if k in ("cost_fen", "floor_fen", "min_margin_bps")}, **regional}


def refusal(line, price, case):
    if line.get("unknown"):
        return "SKU_UNKNOWN"
    if line.get("currency", "CNY") != "CNY":
        return "CURRENCY_MISMATCH"
    if price is None:
        return "SKU_NOT_ON_SALE"
    quantity = line["qty_milli"]
    if quantity <= 0:
        return "QUANTITY_NOT_POSITIVE"
    if line["unit"] == "piece" and quantity % 1000:
        return "FRACTION_OF_A_PIECE"
    amounts = [half_up(price["list_fen"] * quantity, 1000)]
    if "cost_fen" in price:
        amounts.append(up(price["cost_fen"] * quantity, 1000))
    if "floor_fen" in price:
        amounts.append(up(price["floor_fen"] * quantity, 1000))
    if "cost_fen" in price and "min_margin_bps" in price:
        amounts.append(up(price["cost_fen"] * quantity * 10000, 1000 * (10000 - price["min_margin_bps"])))
    return "AMOUNT_TOO_LARGE" if max(amounts) > MOST else None


# ---- a line -------------------------------------------------------------------------------------------------------

def result(rule, amount, quantity):
    if "pay_bps" in rule:
        return half_up(amount * rule["pay_bps"], 10000)
    return min(amount, half_up(rule["price_fen"] * quantity, 1000))


def floor_of(price, quantity, amount):
    floor = up(price["floor_fen"] * quantity, 1000) if "floor_fen" in price else 0
    if "min_margin_bps" in price:
        margin = price["min_margin_bps"]
        floor = max(floor, up(price["cost_fen"] * quantity * 10000, 1000 * (10000 - margin)) if "cost_fen" in price else amount)
    return floor


def list_below_floor(price):
    below = "floor_fen" in price and price["list_fen"] < price["floor_fen"]
    if "min_margin_bps" in price and "cost_fen" in price:
        below = below or price["list_fen"] * (10000 - price["min_margin_bps"]) < price["cost_fen"] * 10000
    return below


def price_line(price, quantity, candidates, policy):
    """`candidates`: (kind, rule) of those in the running."""
    listed = amount = half_up(price["list_fen"] * quantity, 1000)
    winners = []
    for group in policy["groups"]:
        tried = [(result(rule, amount, quantity), group.index(kind), rule["id"], kind, rule) for kind, rule in candidates if kind in group]
        tried = sorted((t for t in tried if t[0] < amount), key=lambda t: t[:3])
        if tried:
            amount = tried[0][0]
            winners.append((tried[0][3], tried[0][4]))
    cap = 0
    if "max_discount_bps" in policy and not any("price_fen" in rule for _, rule in winners):
        cap = listed - half_up(listed * policy["max_discount_bps"], 10000)
    cap_clipped = amount < cap
    amount = max(amount, cap)
    floor = floor_of(price, quantity, listed)
    floor_clipped = amount < min(listed, floor)
    amount = max(amount, min(listed, floor))
    return {"list": listed, "amount": amount, "won": [rule["id"] for _, rule in winners], "floor": floor, "cap_amount": cap,
            "cap_clipped": cap_clipped, "floor_clipped": floor_clipped, "no_cost": "min_margin_bps" in price and "cost_fen" not in price,
            "list_below_floor": list_below_floor(price)}, winners


NOTHING = {"list": 0, "amount": 0, "won": [], "floor": 0, "cap_amount": 0, "cap_clipped": False, "floor_clipped": False, "no_cost": False,
           "list_below_floor": False}


# ---- coupons ------------------------------------------------------------------------------------------------------

def allocate(wanted, bearers):
    """bearers: {line: (amount, headroom)} in the order of the lines; what each gives."""
    left = {i: b for i, b in bearers.items() if b[0] > 0}
    given = {i: 0 for i in bearers}
    rest = min(wanted, sum(headroom for _, headroom in left.values()))
    while rest > 0:
        total = sum(amount for amount, _ in left.values())
        shares = {i: rest * amount // total for i, (amount, _) in left.items()}
        by_remainder = sorted(left, key=lambda i: (-(rest * left[i][0] % total), i))
        for i in by_remainder[: rest - sum(shares.values())]:
            shares[i] += 1
        over = [i for i in left if shares[i] > left[i][1]]
        if not over:
            given.update(shares)
            break
        for i in over:
            given[i] = left[i][1]
            rest -= left[i][1]
            del left[i]
    return given


def give(coupon, wanted, scope, lines):
    bearers = {}
    for i in scope:
        line = lines[i]
        headroom = line["amount"] - min(line["amount"], max(line["floor"], line["cap_amount"]))
        if "off_bps" in coupon:
            headroom = min(headroom, up(line["amount"] * coupon["off_bps"], 10000))
        bearers[i] = (line["amount"], headroom)
    given = allocate(wanted, bearers)
    for i, fen in given.items():
        lines[i]["amount"] -= fen
        lines[i]["coupon"] = lines[i].get("coupon", 0) + fen
    return sum(given.values())


def wanted_of(coupon, eligible):
    if "amount_off" in coupon:
        return min(coupon["amount_off"], eligible)
    return min(half_up(eligible * coupon["off_bps"], 10000), coupon.get("max_off", MOST * 10**6))


def apply_coupons(case, lines, refused, quoted=None):
    """`quoted`: the coupons of the quote that is settled, by id."""
    shown = []
    for coupon in sorted(case["coupons"], key=lambda c: ("off_bps" not in c, c["id"])):
        scope = [i for i, line in enumerate(case["lines"]) if i not in refused and in_scope(coupon["scope"], line)]
        eligible = sum(lines[i]["amount"] for i in scope)
        wanted = wanted_of(coupon, eligible)
        if quoted is None:
            applied = eligible > 0 and eligible >= coupon["min_fen"]
        else:
            before = quoted[coupon["id"]]
            applied = before["applied"] and eligible > 0
            if applied and "amount_off" in coupon and eligible < coupon["min_fen"]:
                wanted = min(eligible, half_up(coupon["amount_off"] * eligible, before["eligible"]))
        given = give(coupon, wanted, scope, lines) if applied else 0
        shown.append({"id": coupon["id"], "applied": applied, "eligible": eligible, "given": given, "clipped": wanted - given if applied else 0})
    return shown


# ---- baskets ------------------------------------------------------------------------------------------------------

def reached(rule, case, quantities, refused):
    counted = (quantities[i] for i, line in enumerate(case["lines"]) if i not in refused and line["unit"] == rule["unit"] and in_scope(rule["scope"], line))
    return sum(counted) >= rule["min_qty_milli"]


def breaks_for(line, case, quantities, refused):
    return [("break", rule) for rule in case["breaks"]
            if rule["unit"] == line["unit"] and in_scope(rule["scope"], line) and reached(rule, case, quantities, refused)]


def entitled(line, case, tier):
    """Tier and offers."""
    if tier is None:
        return []
    own = [("tier", {"id": "tier", "pay_bps": tier["pay_bps"]})] if "pay_bps" in tier else []
    return own + [("offer", rule) for rule in case["offers"]
                  if tier["code"] in rule["tiers"] and in_scope(rule["scope"], line) and holds(rule, case.get("day", ""))]


def total(lines, coupons, before, fee):
    return {"lines": lines, "coupons": coupons, "goods_before_coupons_fen": before, "fee_fen": fee,
            "total_fen": sum(line["amount"] for line in lines) + fee}


def settle_as(case, tier):
    """Quote and settlement by this tier; None: unknown."""
    lines, policy = case["lines"], case["policy"]
    prices = [price_of(line, case) for line in lines]
    why = [refusal(line, price, case) for line, price in zip(lines, prices)]
    refused = {i for i, reason in enumerate(why) if reason}
    ordered = [line["qty_milli"] for line in lines]

    quoted, winners = [], []
    for i, line in enumerate(lines):
        if i in refused:
            quoted.append({"refused": why[i], **NOTHING})
            winners.append([])
            continue
        shown, won = price_line(prices[i], ordered[i], entitled(line, case, tier) + breaks_for(line, case, ordered, refused), policy)
        quoted.append(shown)
        winners.append(won)
    before = sum(line["amount"] for line in quoted)
    coupons = apply_coupons(case, quoted, refused)
    free = len(refused) == len(lines) or (tier is not None and "free_delivery_fen" in tier and before >= tier["free_delivery_fen"])
    quote = total(quoted, coupons, before, 0 if free else case["delivery_fee_fen"])

    billed = []
    for i, line in enumerate(lines):
        most = 0 if i in refused else ordered[i] * (10000 + policy["over_bps"]) // 10000
        quantity = min(case["actual_qty_milli"][i], most)
        billed.append(quantity // 1000 * 1000 if line["unit"] == "piece" else quantity)
    bill = []
    for i, line in enumerate(lines):
        if i in refused or billed[i] == 0:
            bill.append({**({"refused": why[i]} if i in refused else {}), **NOTHING, "won": []})
            continue
        now = breaks_for(line, case, billed, refused)
        if i in case["refused"]:
            candidates = entitled(line, case, tier) + now
        else:
            ids = [rule["id"] for kind, rule in winners[i] if kind == "break"]
            candidates = winners[i] + [(kind, rule) for kind, rule in now if rule["id"] not in ids]
        bill.append(price_line(prices[i], billed[i], candidates, policy)[0])
    before = sum(line["amount"] for line in bill)
    coupons = apply_coupons(case, bill, refused, {coupon["id"]: coupon for coupon in quote["coupons"]})
    settlement = total(bill, coupons, before, 0 if not any(billed) else quote["fee_fen"])
    settlement["billed_qty_milli"] = billed
    return quote, settlement


def work_out(case):
    """(quote, settlement) of a case."""
    quote, settlement = settle_as(case, case.get("tier"))
    if case.get("tier") is None and "known_tier" in case:
        _, other = settle_as(case, case["known_tier"])
        if other["total_fen"] < settlement["total_fen"]:
            settlement = other
    return quote, settlement
