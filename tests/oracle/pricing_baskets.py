#!/usr/bin/env python3
"""Random baskets with what pricing_definition.py makes of them, as JSON in the form of tests/data/pricing_vectors.json.gz.
usage: pricing_baskets.py SEED COUNT [api]   api: only what a published plan and issued coupons can say
"""
import json
import random
import sys

from pricing_definition import work_out

CATEGORIES = ["fruit", "fruit/imported", "fruit/imported/berry", "fruitjuice", "fruit/local", "meat/pork", "dry"]
TIERS = ["diamond", "platinum", "gold", "bronze"]
REGIONS = ["north", "south"]
TODAY = "2026-03-31"
DAYS = [{}, {}, {}, {"from": TODAY}, {"until": TODAY}, {"from": "2026-03-01", "until": "2026-04-30"}, {"from": "2026-04-01"}, {"until": "2026-03-30"}]
GROUPS = [[["offer", "break", "tier"]], [["tier"], ["offer"], ["break"]], [["break"], ["offer", "tier"]], [["offer", "tier"], ["break"]],
          [["tier", "break"], ["offer"]], [["offer"]], [["break", "tier"]]]


def unit_price(r):
    return r.choice([0, 1, 3, 7, 199, 999, 1000, 3333, 9999, 123457, 10**6])


def share(r):
    return r.choice([0, 1, 4999, 5000, 7777, 8000, 8500, 9000, 9300, 9500, 9800, 9999, 10000])


def quantity(r, unit):
    if unit == "piece":
        return 1000 * r.choice([1, 2, 3, 7, 10, 30, 99, 1000])
    return r.choice([1, 3, 499, 500, 501, 999, 1000, 1001, 2499, 10000, 30000, 123457])


def price(r):
    listed = unit_price(r)
    out = {"list_fen": listed}
    if r.random() < 0.6:
        out["cost_fen"] = r.choice([0, listed * 7 // 10, listed * 95 // 100, listed, listed + 1])
    if r.random() < 0.5:
        out["min_margin_bps"] = r.choice([0, 1, 500, 3000, 9000, 9999])
    if r.random() < 0.3:
        out["floor_fen"] = r.choice([0, listed * 8 // 10, listed, listed + 5, listed * 2])
    return out


def sku(r, number):
    item = {"sku": f"s{number}", "category": r.choice(CATEGORIES), "unit": r.choice(["piece", "kg"])}
    if r.random() < 0.6:
        return {**item, **price(r)}
    prices = [{**price(r), **r.choice(DAYS)} for _ in range(r.random() < 0.8)]
    prices += [{"region": region, **price(r), **r.choice(DAYS)} for region in REGIONS if r.random() < 0.6]
    return {**item, "prices": prices or [price(r)]}


def scope(r, items):
    return r.choice(["all", "category:" + r.choice(CATEGORIES), "category:fruit", "sku:" + r.choice(items)["sku"]])


def terms(r, where):
    return {"price_fen": unit_price(r)} if where.startswith("sku:") and r.random() < 0.5 else {"pay_bps": share(r)}


def offer(r, items, number):
    where = scope(r, items)
    return {"id": f"o{number:02}", "tiers": r.sample(TIERS, r.randint(1, 4)), "scope": where, **terms(r, where), **r.choice(DAYS)}


def quantity_breaks(r, items):
    found, seen = [], set()
    for number in range(r.choice([0, 1, 3, 8, 24])):
        where, unit = scope(r, items), r.choice(["piece", "kg"])
        minimum = r.choice([1, 1000, 1001, 2000, 10000, 30000, 99999, 1000000])
        if (where, unit, minimum) not in seen:
            seen.add((where, unit, minimum))
            found.append({"id": f"b{number:02}", "scope": where, "unit": unit, "min_qty_milli": minimum, **terms(r, where)})
    return found


def coupon(r, items, number):
    out = {"id": f"c{number}", "scope": scope(r, items), "min_fen": r.choice([0, 0, 1, 500, 5000, 50000, 10**7])}
    if r.random() < 0.5:
        out["amount_off"] = r.choice([1, 7, 500, 2000, 99999, 10**12])
    else:
        out["off_bps"] = r.choice([1, 500, 1000, 3333, 9999, 10000])
        if r.random() < 0.5:
            out["max_off"] = r.choice([1, 99, 2000, 10**6])
    return out


def spoil(r, line):
    """A line that can't be priced, for exactly one reason."""
    spoiled = r.choice([{"unknown": True, "sku": "nowhere"}, {"currency": "USD"}, {"qty_milli": 0}, {"qty_milli": -1000}, {"qty_milli": 2**62}])
    if "qty_milli" in spoiled and "prices" in line:  # which may not be for sale, too
        return line
    if spoiled.get("qty_milli") == 2**62:
        spoiled["qty_milli"] = 4 * 10**18
        if line["list_fen"] == 0:
            return line
    return {**line, **spoiled}


def tier(r, code):
    out = {"code": code}
    if r.random() < 0.8:
        out["pay_bps"] = max(1, share(r))
    if r.random() < 0.6:
        out["free_delivery_fen"] = r.choice([0, 1, 20000, 100000, 10**9])
    return out


def delivered(r, line):
    ordered = max(0, line["qty_milli"])
    return r.choice([ordered, ordered, ordered * 9 // 10, ordered * 11 // 10, ordered * 2 + 1, ordered // 3, 0, 1]) % 10**15


def case(r, number, api):
    items = [sku(r, n) for n in range(r.choice([1, 2, 5, 12]))]
    lines = []
    for _ in range(r.choice([1, 2, 3, 6, 15, 40])):
        item = r.choice(items)
        lines.append({**item, "qty_milli": quantity(r, item["unit"])})
    if r.random() < 0.2:
        lines = [spoil(r, line) if r.random() < 0.3 else line for line in lines]
    policy = {"groups": r.choice(GROUPS), "over_bps": r.choice([0, 1, 500, 10000])}
    if r.random() < 0.4:
        policy["max_discount_bps"] = r.choice([0, 1, 500, 2000, 5000, 10000])
    code = r.choice(TIERS)
    out = {"id": number, "day": TODAY, "region": r.choice(["", *REGIONS, "elsewhere"]), "policy": policy, "lines": lines,
           "offers": [offer(r, items, n) for n in range(r.choice([0, 1, 2, 6]))], "breaks": quantity_breaks(r, items),
           "coupons": [coupon(r, items, n) for n in range(r.choice([0, 0, 1, 2, 5]))], "delivery_fee_fen": r.choice([0, 1, 800, 1500]),
           "actual_qty_milli": [delivered(r, line) for line in lines],
           "refused": sorted(r.sample(range(len(lines)), r.choice([0, 0, min(2, len(lines))])))}
    if api or r.random() < 0.85:
        out["tier"] = tier(r, code)
    else:
        out["known_tier"] = tier(r, code)
    out["quote"], out["settlement"] = work_out(out)
    return out


if __name__ == "__main__":
    chance = random.Random(int(sys.argv[1]))
    json.dump({"cases": [case(chance, number, "api" in sys.argv[3:]) for number in range(int(sys.argv[2]))]}, sys.stdout)
