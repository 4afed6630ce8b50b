"""Chanjing's error codes at the create calls of all its products: refused, sent again, unknown."""

from typing import NamedTuple

import pytest
from vendors.chanjing_page import PERSON, VOICE, connected, envelope
from vendors.media import Media

import lipsync_nb as ls
from lipsync_nb import event_loop as loop
from lipsync_nb.http.transfer import Web
from lipsync_nb.vendors.base import Call, Delivery, Purpose, Request

LONGEST = 60
"""Seconds for one job."""


class Product(NamedTuple):
    """A product's create call, and a request for it."""

    path: str
    order: Request


def product_of(name: str, media: Media) -> Product:
    """Return a product by the name of its kind of request."""
    person = {"id": PERSON, "figure_type": "sit_body"}
    products = [
        Product("create", ls.chanjing.LipSync(video=media.clip, audio=media.speech)),
        Product("create_audio_task", ls.chanjing.Speech(text="你好", voice=VOICE)),
        Product("create_video", ls.chanjing.AvatarVideo(person=person, audio=media.speech)),
        Product("create_customised_audio", ls.chanjing.OwnVoice(name="我", sample=media.sample)),
        Product("create_customised_person", ls.chanjing.OwnPerson(name="我", video=media.clip)),
    ]
    return next(each for each in products if each.order.kind() == name)


@pytest.fixture(params=["LipSync", "Speech", "AvatarVideo", "OwnVoice", "OwnPerson"])
def product(request: pytest.FixtureRequest, media: Media) -> Product:
    """Each product."""
    return product_of(request.param, media)


@pytest.mark.parametrize(
    "case",
    [
        (400, "传入参数格式错误", ls.VendorError),
        (40000, "参数错误", ls.VendorError),
        (40002, "定制数字人数量到达上限", ls.OutOfCredit),
        (50000, "文本包含emoji表情", ls.VendorError),
        (50000, "蝉豆不足扣费失败", ls.OutOfCredit),
        (50011, "文本不合规", ls.VendorError),
        (51000, "账户欠费", ls.OutOfCredit),
    ],
)
@pytest.mark.parametrize("status", [200, 500])
def test_a_refusal_fails_the_job_unpaid(client, world, product, case, status):
    """By its code or its message, whatever the HTTP status; it is not sent again."""
    code, why, error = case
    world.chanjing.origin.plan("POST", f"/{product.path}", envelope(None, code, why), status=status)
    job = client.submit(product.order)

    with pytest.raises(ls.JobFailed, match=why):
        job.result(LONGEST)
    assert type(job.error) is error
    assert job.record.cost in (None, 0)
    assert len(world.chanjing.origin.asked("POST", f"/{product.path}")) == 1


@pytest.mark.parametrize(
    ("code", "why"),
    [(50000, "系统内部错误"), (51000, "系统内部错误"), (12345, "原因"), ("E1", "原因")],
)
def test_an_error_that_proves_nothing_leaves_the_job_unknown(client, world, product, code, why):
    """Nobody knows whether it was paid, so it is not sent again."""
    world.chanjing.origin.plan("POST", f"/{product.path}", envelope(None, code, why))
    job = client.submit(product.order)

    with pytest.raises(ls.SubmitUnknown):
        job.result(LONGEST)
    assert len(world.chanjing.origin.asked("POST", f"/{product.path}")) == 1


@pytest.mark.parametrize("code", [10400, 10401, 40001])
def test_a_dead_token_and_a_rate_limit_are_sent_again(client, world, product, code):
    """As nothing was done; the job is made."""
    world.chanjing.origin.plan("POST", f"/{product.path}", envelope(None, code, "原因"))
    job = client.submit(product.order)

    assert isinstance(job.result(LONGEST), product.order.makes())
    assert len(world.chanjing.origin.asked("POST", f"/{product.path}")) == 2


def test_the_create_call_is_paid_and_a_look_is_a_poll(world, product):
    """By which it is decided what may be sent again."""
    vendor = connected(world)
    look, paid = vendor.poll(product.order, "1"), submission(vendor, product.order)

    assert (look.purpose, paid.purpose) == (Purpose.poll, Purpose.paid)
    assert paid.path == f"open/v1/{'video_lip_sync/' * (product.path == 'create')}{product.path}"
    assert world.chanjing.origin.asked("POST", f"/{product.path}") == []


def submission(vendor: ls.Chanjing, order: Request) -> Call[ls.Snapshot]:
    """Do the free steps of a request; returns the paid call, which is not sent."""

    async def prepared() -> Call[ls.Snapshot]:
        web = Web()
        try:
            async with Delivery(order, vendor.api, vendor.source, web) as delivery:
                return await vendor.submission(order, delivery)
        finally:
            await web.aclose()
            await vendor.aclose()

    return loop.run(prepared())
