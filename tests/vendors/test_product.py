"""A vendor with several products: each answers for its own requests."""

import pytest

import lipsync_nb as ls
from lipsync_nb import event_loop as loop
from lipsync_nb.vendors.base import (
    Audio,
    BearerAuth,
    Call,
    Cost,
    JobPage,
    NonBlank,
    Product,
    Purpose,
    Request,
    Text,
    VendorOfProducts,
    Video,
)


class Clip(Request[Video]):
    """A clip."""

    vendor = "shop"


class Sound(Request[Audio]):
    """A sound."""

    vendor = "shop"


class Words(Request[Text]):
    """A text."""

    vendor = "shop"
    is_answered = True

    about: NonBlank = "all"


class Clips(Product[VendorOfProducts]):
    """Can do everything."""

    kinds = (Clip, Sound)
    lists = cancels = True

    async def submission(self, request, delivery):
        """Name the kind."""
        assert delivery is None
        return Call("POST", request.kind(), str, Purpose.paid)

    def poll(self, request, vendor_id):
        """Name the kind and the job."""
        return Call("GET", f"{request.kind()}/{vendor_id}", str, Purpose.poll)

    def cancellation(self, request, vendor_id):
        """Name the kind and the job."""
        return Call("DELETE", f"{request.kind()}/{vendor_id}", str)

    def listing(self, page):
        """Name the page."""
        return Call("GET", str(page), lambda _: JobPage([], 1))

    def estimate(self, request, seconds):  # noqa: ARG002 - a product's signature
        """By nothing."""
        return Cost(1.0, "coins", estimated=True)


class Writing(Product[VendorOfProducts]):
    """Can do the least that a product can."""

    kinds = (Words,)

    async def submission(self, request, delivery):  # noqa: ARG002 - see above
        """Name the text."""
        return Call("POST", request.about, str, Purpose.paid)


class Shop(VendorOfProducts):
    """The vendor."""

    name = "shop"
    title = "Shop"
    products = (Clips, Writing)
    variables = {"key": "SHOP_KEY"}  # noqa: RUF012 - a test
    default_base_url = "http://127.0.0.1:9"

    def auth(self):
        """Send the key."""
        return BearerAuth(self.key("key"))


class Corner(Shop):
    """One that sells less."""

    products = (Writing,)


@pytest.fixture
def shop():
    return Shop(key="0123456789")


def test_a_vendor_takes_lists_and_cancels_what_its_products_do():
    """In the order of the products; a subclass has its own."""
    assert (Shop.kinds, Shop.lists, Shop.cancels) == (
        (Clip, Sound, Words),
        (Clip, Sound),
        (Clip, Sound),
    )
    assert (Corner.kinds, Corner.lists, Corner.cancels) == ((Words,), (), ())


@pytest.mark.parametrize("kind", [Clip, Sound])
def test_each_call_is_that_of_the_requests_product(shop, kind):
    """Whichever of its kinds it is."""
    name = kind.kind()

    assert loop.run(shop.submission(kind(), None)).path == name
    assert shop.poll(kind(), "7").path == f"{name}/7"
    assert shop.cancellation(kind(), "7").path == f"{name}/7"
    assert shop.listing(kind, 3).path == "3"
    assert shop.estimate(kind(), lambda _: None) == Cost(1.0, "coins", estimated=True)


def test_a_product_that_cannot_says_so(shop):
    """Its vendor and kind are named; a cost is not known."""
    calls = [
        lambda: shop.poll(Words(), "7"),
        lambda: shop.cancellation(Words(), "7"),
        lambda: shop.listing(Words, 1),
    ]
    for call in calls:
        with pytest.raises(ls.Unsupported, match=r"Shop .*Words"):
            call()

    assert shop.estimate(Words(), lambda _: None) is None


def test_a_request_of_no_product_is_unsupported(shop):
    """Such as that of another vendor."""
    with pytest.raises(ls.Unsupported, match="Shop has no Speech"):
        shop.poll(ls.chanjing.Speech(text="x", voice="y"), "7")
