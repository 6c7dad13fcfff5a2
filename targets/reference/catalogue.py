"""The catalogue: 10,000 products in two levels of categories, the same on every machine."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

PRODUCTS = 10_000
_SEED = 20091111

# parent category -> its categories, each with what is sold in it (English and Chinese).
CATEGORIES: dict[str, dict[str, tuple[str, str]]] = {
    "digital": {
        "smartphones": ("Smartphone", "智能手机"),
        "headphones": ("Wireless Headphones", "无线耳机"),
        "tablets": ("Tablet", "平板电脑"),
        "watches": ("Smart Watch", "智能手表"),
    },
    "computers": {
        "laptops": ("Laptop", "笔记本电脑"),
        "keyboards": ("Mechanical Keyboard", "机械键盘"),
        "monitors": ("Monitor", "显示器"),
        "storage": ("Portable Drive", "移动硬盘"),
    },
    "appliances": {
        "refrigerators": ("Refrigerator", "冰箱"),
        "cookers": ("Rice Cooker", "电饭煲"),
        "vacuums": ("Robot Vacuum", "扫地机器人"),
        "purifiers": ("Air Purifier", "空气净化器"),
    },
    "fashion": {
        "jackets": ("Down Jacket", "羽绒服"),
        "dresses": ("Dress", "连衣裙"),
        "sneakers": ("Running Sneakers", "跑步鞋"),
        "bags": ("Shoulder Bag", "单肩包"),
    },
    "beauty": {
        "skincare": ("Repair Cream", "修护面霜"),
        "lipsticks": ("Lipstick", "口红"),
        "perfumes": ("Perfume", "香水"),
        "shampoos": ("Shampoo", "洗发水"),
    },
    "family": {
        "diapers": ("Diapers", "纸尿裤"),
        "toys": ("Building Blocks", "积木玩具"),
        "strollers": ("Stroller", "婴儿车"),
        "books": ("Picture Book", "绘本"),
    },
    "food": {
        "tea": ("Green Tea", "绿茶"),
        "snacks": ("Mixed Nuts", "坚果礼盒"),
        "coffee": ("Coffee Beans", "咖啡豆"),
        "fruit": ("Fresh Oranges", "鲜橙"),
    },
    "sports": {
        "bicycles": ("Bicycle", "自行车"),
        "tents": ("Camping Tent", "露营帐篷"),
        "yoga": ("Yoga Mat", "瑜伽垫"),
        "rackets": ("Badminton Racket", "羽毛球拍"),
    },
}

_BRANDS = (
    ("晨星", "Daystar"), ("云杉", "Spruce"), ("山海", "Shanhai"), ("青鸟", "Bluebird"),
    ("北岸", "Northbank"), ("竹里", "Zhuli"), ("拾光", "Shiguang"), ("远帆", "Farsail"),
    ("木棉", "Kapok"), ("松果", "Pinecone"), ("白露", "Bailu"), ("极光", "Aurora"),
)  # fmt: skip
_EDITIONS = ("Classic", "Pro", "Ultra", "Light", "Travel", "Family", "Limited", "Student")


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One product; `shelf_position` is its rank in every list, SKU n is the n-th most popular."""

    sku: str
    shelf_position: int
    name: str
    category: str
    parent_category: str
    price_cents: int


def catalogue(products: int = PRODUCTS) -> Iterator[Product]:
    """The first `products` products, SKUs "1", "2", ...; always the same."""
    shelves = [
        (parent, category, goods)
        for parent, categories in CATEGORIES.items()
        for category, goods in categories.items()
    ]
    stream = random.Random(_SEED)
    for position in range(1, products + 1):
        parent, category, (english, chinese) = shelves[(position - 1) % len(shelves)]
        brand_chinese, brand_english = stream.choice(_BRANDS)
        edition = stream.choice(_EDITIONS)
        yield Product(
            sku=str(position),
            shelf_position=position,
            name=f"{brand_chinese} {brand_english} {edition} {english} {chinese} M{position}",
            category=category,
            parent_category=parent,
            # Retail prices are roughly log-normal (median 122 yuan here) and end in .90.
            price_cents=int(stream.lognormvariate(4.8, 1.1)) * 100 + 90,
        )
