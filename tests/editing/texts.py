"""Ten texts in each language, written for these tests, of about 15 seconds each."""
# ruff: noqa: E501 - a text is a line

ENGLISH = """\
Welcome to our shop. Today we show you a lamp that lights a whole room, and costs less than a cup of tea each month. It is made of glass and steel. Please ask us anything.
The train leaves at a quarter past nine. If you miss it, take the bus from the market square, which stops at every village. Do not forget your ticket! The seats are free.
First, wash the rice twice. Then add water, a little salt, and two slices of ginger. Cook it slowly for half an hour, and do not lift the lid. That is all.
Good evening. In the news tonight: the river has risen again, and the old bridge is closed. Engineers will look at it on Thursday. Schools stay open, as usual.
My grandmother kept bees. Every spring she walked along the hedge and listened; she said she could hear what they were planning. We never knew whether to believe her.
Press the left button for two seconds. The light turns green, and the machine starts. If it turns red, something is stuck. Switch it off before you open the cover.
Why do ships float? A ship pushes water aside, and the water pushes back. As long as the ship weighs less than the water that would be in its place, it stays up.
Thank you for your order, number four hundred and twelve. We packed it this morning. It will reach you by Friday. Should anything be broken, send us a picture of it.
The museum has three floors. On the first you see stones and bones; on the second, ships and maps. The third is closed until June. Children pay nothing on Sundays.
Learn one word each day. Say it aloud, write it down, and use it before you sleep. After a year you will know more than three hundred. Most people stop after a week.
"""
CHINESE = """\
欢迎来到我们的小店。今天给大家介绍一盏灯，它能照亮整个房间，每个月的电费还不到一杯茶钱。它是用玻璃和钢做的。有问题请随时问我们。
火车九点一刻出发。如果您错过了，可以在市场坐公共汽车，每个村子都停。请不要忘记带票！座位可以随便坐。
先把大米洗两遍。然后加水，放一点盐和两片姜。用小火煮半个小时，中间不要打开盖子。这样就好了。
各位观众，晚上好。今天的新闻：河水又涨了，老桥已经关闭。工程师星期四会去检查。学校照常上课。
我的奶奶养过蜜蜂。每年春天，她沿着篱笆慢慢走，仔细听；她说她听得懂蜜蜂在商量什么。我们一直不知道该不该相信她。
请按住左边的按钮两秒钟。灯变成绿色，机器就开始工作。如果灯变成红色，说明有东西卡住了。打开盖子以前，请先关掉电源。
船为什么能浮在水上？船把水推开，水也推着船。只要船比它排开的水轻，就不会沉下去。这个道理很早就有人知道了。
感谢您的订单，号码是四百一十二。我们今天早上已经打包了。星期五以前会送到您家。如果有东西坏了，请发一张照片给我们。
博物馆一共有三层。一楼是石头和骨头；二楼是船和地图。三楼要到六月才开放。星期天，孩子不用买票。
每天学一个词。大声读出来，写下来，睡觉以前用一次。一年以后，你就会认识三百多个词。大多数人一个星期就放弃了。
"""
VOICES = {"en": ("en-emma", "en-james"), "cmn": ("cmn-xiaomei", "cmn-dawei")}
SPEECHES = [
    (f"{language}{number}", text, VOICES[language][number % 2])
    for language, texts in (("en", ENGLISH), ("cmn", CHINESE))
    for number, text in enumerate(texts.splitlines())
]
"""A name, a text and a voice each."""
