#include "libs/generator/shop_names.h"

#include <array>
#include <initializer_list>

namespace rung::generator {
namespace {

using Words = std::string_view;

constexpr Words kSurnames[] = {"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱",
                               "高", "林", "何", "郭", "马", "罗", "梁", "宋", "郑", "谢", "韩", "唐", "冯", "于",
                               "董", "萧", "程", "曹", "袁", "邓", "许", "傅", "沈", "曾", "彭", "吕"};
constexpr Words kPlaces[] = {"川渝", "湘西", "潮汕", "兰州", "沙县", "东北", "西北", "江南", "老北京", "顺德",
                             "云南", "客家", "淮扬", "徽州", "台州", "襄阳", "桂林", "新疆", "岭南", "胶东",
                             "重庆", "柳州", "陕西", "温州"};
constexpr Words kLucky[] = {"兴旺", "福满", "聚福", "鑫源", "顺和", "永丰", "百味", "金福", "鸿运", "万家", "好又来",
                            "食为天", "家家乐", "同庆", "广源", "裕丰", "祥瑞", "德胜", "和顺", "益民", "满堂", "鼎盛"};
constexpr Words kDishes[] = {"牛肉面", "烤鱼", "小炒", "饺子", "米粉", "麻辣烫", "黄焖鸡", "酸菜鱼", "羊蝎子",
                             "煲仔饭", "烧烤", "包子", "家常菜", "海鲜", "冒菜", "粥", "卤味", "羊肉泡馍", "螺蛳粉",
                             "土菜", "水煮鱼", "烧鹅", "砂锅", "铁锅炖", "私房菜", "炸酱面", "盖浇饭", "小龙虾"};
constexpr Words kRestaurantKinds[] = {"馆", "饭店", "小馆", "餐厅", "坊", "酒楼", "店", "食府", "大排档", "人家"};
constexpr Words kHotpots[] = {"老火锅", "鱼火锅", "牛油火锅", "潮汕牛肉火锅", "铜锅涮肉", "串串香", "椰子鸡火锅",
                              "菌菇火锅", "羊肉火锅", "旋转小火锅"};
constexpr Words kOrdinals[] = {"第一", "第二", "第三", "第四", "第五", "第六", "第七", "第八", "实验", "中心"};
constexpr Words kSchools[] = {"小学", "中学", "幼儿园", "职业学校", "外国语学校"};
constexpr Words kEmployers[] = {"科技园", "软件园", "汽车厂", "人民医院", "中医院", "产业园", "物流园", "电子厂",
                                "政务中心", "地铁公司", "设计院", "纺织厂", "机械厂", "创业大厦", "养老院"};
constexpr Words kCanteens[] = {"食堂", "员工餐厅", "职工食堂", "餐厅"};
constexpr Words kHotels[] = {"大酒店", "宾馆", "商务酒店", "度假酒店", "国际酒店", "假日酒店", "饭店"};
constexpr Words kShops[] = {"生鲜超市", "果蔬店", "便利店", "菜店", "水果行", "生活超市", "果蔬批发", "社区生鲜",
                            "粮油店", "农产品店", "菜篮子", "鲜果坊"};
constexpr Words kRoads[] = {"学院路", "人民路", "解放路", "中山路", "建设路", "和平路", "新华路", "文化路",
                            "长江路", "黄河路", "光明街", "胜利街", "东风路", "南京路", "北京路", "花园路",
                            "工业大道", "迎宾大道", "滨河路", "朝阳街", "青年路", "团结路", "友谊路", "振兴街",
                            "幸福路", "锦绣路", "桃园路", "梅林路", "松柏路", "云山路"};

template <size_t kSize>
Words Draw(const Words (&words)[kSize], Stream& stream) {
  return words[stream.Below(kSize)];
}

std::string Join(std::initializer_list<Words> parts) {
  std::string name;
  name.reserve(64);
  for (const Words part : parts) name += part;
  return name;
}

// The owner's surname, a cuisine or a lucky word.
std::string DrawHouse(Stream& stream) {
  switch (stream.Below(5)) {
    case 0: return Join({"老", Draw(kSurnames, stream)});
    case 1: return Join({Draw(kSurnames, stream), "记"});
    case 2: return Join({Draw(kPlaces, stream)});
    case 3: return Join({Draw(kLucky, stream)});
    default: {
      const Words place = Draw(kPlaces, stream);
      return Join({place, Draw(kSurnames, stream), "记"});
    }
  }
}

std::string DrawRestaurant(Stream& stream) {
  const std::string house = DrawHouse(stream);
  const Words dish = Draw(kDishes, stream);
  return Join({house, dish, Draw(kRestaurantKinds, stream)});
}

std::string DrawCanteen(Stream& stream) {
  if (stream.Chance(500)) {
    const Words ordinal = Draw(kOrdinals, stream);
    return Join({ordinal, Draw(kSchools, stream), "食堂"});
  }
  const Words lucky = Draw(kLucky, stream);
  const Words employer = Draw(kEmployers, stream);
  return Join({lucky, employer, Draw(kCanteens, stream)});
}

}  // namespace

std::string DrawShopName(Segment segment, Stream& stream) {
  switch (segment) {
    case Segment::kRestaurant: return DrawRestaurant(stream);
    case Segment::kHotpot: {
      const std::string house = DrawHouse(stream);
      return Join({house, Draw(kHotpots, stream)});
    }
    case Segment::kCanteen: return DrawCanteen(stream);
    case Segment::kHotel: {
      const Words lucky = Draw(kLucky, stream);
      return Join({lucky, Draw(kHotels, stream)});
    }
    case Segment::kShop: break;
  }
  const std::string house = DrawHouse(stream);
  return Join({house, Draw(kShops, stream)});
}

std::string_view DrawRoad(Stream& stream) { return Draw(kRoads, stream); }

}  // namespace rung::generator
