#include "libs/generator/categories.h"

namespace rung::generator {
namespace {

using Months = std::array<int16_t, 12>;

constexpr Months kAllYear = {1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000};
constexpr Months kSpring = {700, 850, 1250, 1400, 1300, 1000, 850, 800, 900, 1050, 1000, 900};
constexpr Months kSummer = {600, 650, 800, 950, 1150, 1400, 1500, 1450, 1150, 900, 750, 700};
constexpr Months kAutumn = {800, 750, 750, 800, 850, 900, 950, 1150, 1500, 1500, 1200, 850};
constexpr Months kWinter = {1500, 1350, 1050, 850, 750, 700, 650, 700, 850, 1050, 1200, 1350};

// Prices are of the order seen on Chinese wholesale markets in 2024 to 2026; they need to be plausible, not exact.
constexpr std::array<Category, kCategoryCount> kCategories = {{
    {"leaf-vegetables", "LV", 48, 950, 250, 1200, 720, 860, 5000, 220, 90, kSpring},
    {"root-vegetables", "RV", 44, 1000, 180, 900, 740, 860, 6000, 120, 50, kWinter},
    {"fruit", "FR", 52, 800, 400, 1800, 720, 850, 5000, 100, 60, kSummer},
    {"imported-fruit", "IF", 32, 500, 1500, 9000, 620, 780, 2000, 80, 60, kWinter},
    {"pork", "PK", 36, 1000, 1600, 5200, 820, 920, 6000, 90, 40, kWinter},
    {"poultry", "PO", 34, 750, 1100, 4200, 780, 890, 5000, 60, 30, kAllYear},
    {"beef-lamb", "BL", 34, 1000, 4800, 12800, 800, 900, 3000, 110, 30, kWinter},
    {"fish", "FI", 36, 900, 1300, 5800, 760, 880, 4000, 80, 50, kAllYear},
    {"shrimp-crab", "SC", 30, 850, 3200, 16800, 740, 870, 2000, 150, 70, kAutumn},
    {"eggs", "EG", 16, 400, 900, 4800, 840, 930, 4000, 70, 40, kAllYear},
    {"tofu", "TF", 26, 450, 250, 1500, 660, 800, 5000, 20, 10, kAllYear},
    {"rice-flour", "RF", 40, 200, 3500, 19800, 850, 930, 2000, 0, 5, kAllYear},
    {"oil", "OI", 22, 0, 5500, 26800, 860, 940, 1500, 0, 10, kAllYear},
    {"seasoning", "SE", 70, 100, 450, 6800, 700, 850, 3000, 0, 5, kAllYear},
    {"frozen", "FZ", 46, 300, 1500, 9800, 700, 840, 3000, 0, 10, kWinter},
    {"drinks", "DR", 34, 0, 1800, 8800, 680, 820, 3000, 0, 5, kSummer},
}};

constexpr Months kWinterness = {1000, 866, 500, 0, -500, -866, -1000, -866, -500, 0, 500, 866};

}  // namespace

const std::array<Category, kCategoryCount>& Categories() { return kCategories; }

int WinterPermille(int month) { return kWinterness[month]; }

}  // namespace rung::generator
