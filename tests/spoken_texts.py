"""Texts that are spoken in tests."""

ENGLISH = (
    (
        "Good morning, everyone, and welcome to our show. Today we look at three new phones. "
        "The first one costs 299 dollars, which is cheap. Which would you buy? Write it "
        "below!"
    ),
    (
        "The river rises in the hills, runs past four small towns, and reaches the sea after "
        "120 miles. In spring it floods the meadows. In summer, when nobody expects it, it "
        "may disappear."
    ),
    (
        "Machine learning is not magic. It needs data, patience, and a lot of arithmetic. "
        "Most of the work is cleaning: names, dates, and units. Only then does the fun begin."
    ),
    (
        "Please listen carefully. Our opening hours have changed. From Monday to Friday we "
        "are open from 9 to 5, on Saturday from 10 to 2. On Sunday we are closed. Thank you "
        "for calling."
    ),
    (
        "Coffee was first grown in Ethiopia. Traders took it to Yemen, and from there to the "
        "whole world. Today two billion cups are drunk every day. How many did you have?"
    ),
)
CHINESE = (
    (
        "大家好，欢迎来到我们的直播间。今天给大家介绍三款新手机，第一款只要两千九百九"
        "十九元，第二款性能更好。你会选哪一款？请在评论区告诉我们！"
    ),
    (
        "这条河发源于山区，流经四个小镇，最后流入大海。春天，它会淹没草地。夏天没有人"
        "注意的时候，它可能完全消失。老人们还记得1953年的那场大洪水。"
    ),
    (
        "机器学习并不是魔法。它需要数据、耐心和大量的计算。大部分工作是清洗数据：姓名"
        "、日期和单位。做完这些，有趣的部分才刚刚开始。"
    ),
    (
        "请注意，我们的营业时间有变化。周一到周五，早上九点到下午五点营业；周六，上午"
        "十点到下午两点营业。周日休息。感谢您的来电。"
    ),
    (
        "咖啡最早种植于埃塞俄比亚。商人把它带到也门，又从那里传到全世界。今天人们每天"
        "要喝掉二十多亿杯咖啡，大多数是在早餐的时候。你今天喝了几杯？"
    ),
)
