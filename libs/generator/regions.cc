#include "libs/generator/regions.h"

namespace rung::generator {
namespace {

constexpr std::array<Region, 10> kRegions = {{
    {"beijing", "北京市", 17, 1150, 1080, "am-bj-", {"朝阳区", "海淀区", "丰台区", "通州区", "大兴区", "昌平区"}},
    {"shanghai", "上海市", 16, 1200, 1120, "am-sh-", {"浦东新区", "徐汇区", "静安区", "闵行区", "宝山区", "杨浦区"}},
    {"guangzhou", "广州市", 12, 1100, 1030, "am-gz-", {"天河区", "越秀区", "海珠区", "白云区", "番禺区", "荔湾区"}},
    {"shenzhen", "深圳市", 11, 1120, 1100, "am-sz-", {"福田区", "罗湖区", "南山区", "宝安区", "龙岗区", "龙华区"}},
    {"chengdu", "成都市", 10, 1000, 950, "am-cd-", {"锦江区", "青羊区", "金牛区", "武侯区", "成华区", "双流区"}},
    {"wuhan", "武汉市", 10, 980, 940, "am-wh-", {"江岸区", "江汉区", "武昌区", "洪山区", "汉阳区", "青山区"}},
    {"hangzhou", "杭州市", 8, 1020, 1040, "am-hz-", {"上城区", "拱墅区", "西湖区", "滨江区", "余杭区", "萧山区"}},
    {"chongqing", "重庆市", 7, 900, 920, "am-cq-", {"渝中区", "江北区", "南岸区", "九龙坡区", "渝北区", "巴南区"}},
    {"xian", "西安市", 5, 850, 900, "am-xa-", {"碑林区", "莲湖区", "雁塔区", "未央区", "灞桥区", "长安区"}},
    {"nanjing", "南京市", 4, 950, 1000, "am-nj-", {"玄武区", "秦淮区", "建邺区", "鼓楼区", "栖霞区", "江宁区"}},
}};

constexpr int TotalWeight() {
  int total = 0;
  for (const Region& region : kRegions) total += region.customer_weight;
  return total;
}

}  // namespace

std::span<const Region> Regions() { return kRegions; }

int DrawRegion(Stream& stream) {
  int64_t rest = stream.Below(TotalWeight());
  int index = 0;
  while (rest >= kRegions[index].customer_weight) rest -= kRegions[index++].customer_weight;
  return index;
}

}  // namespace rung::generator
