"""What a vendor sells: each product has requests, calls and answers of its own."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar

from lipsync_nb.errors import Unsupported
from lipsync_nb.http.call import Call
from lipsync_nb.media.media import Media
from lipsync_nb.status import Cost, Snapshot
from lipsync_nb.vendors.base.delivery import Delivery
from lipsync_nb.vendors.base.request import Request
from lipsync_nb.vendors.base.vendor import JobPage, Vendor

V = TypeVar("V", bound=Vendor)
"""The vendor of a product."""


class Product(ABC, Generic[V]):
    """One of a vendor's products. Its methods are those of `Vendor`, for its own requests.

    Args:
        vendor: The vendor, which reads answers and has settings.

    Attributes:
        kinds: Its kinds of requests.
        lists: Whether its jobs can be listed.
        cancels: Whether its jobs can be cancelled.
        uploads: Whether it takes local files, though the vendor takes URLs only for other products.
    """

    kinds: ClassVar[tuple[type[Request], ...]]
    lists: ClassVar[bool] = False
    cancels: ClassVar[bool] = False
    uploads: ClassVar[bool] = False

    def __init__(self, vendor: V) -> None:
        self.vendor = vendor

    @abstractmethod
    async def submission(self, request: Any, delivery: Delivery) -> Call[Snapshot]:
        """Do a request's free steps, and return the paid call."""

    def poll(self, request: Any, vendor_id: str) -> Call[Snapshot]:
        """Return the call that asks for a job's state; it has none if its answers are results."""
        raise Unsupported(f"{self.vendor.title} has no id of a {request.kind()} ({vendor_id})")

    def cancellation(self, request: Any, vendor_id: str) -> Call[None]:
        """Return the call that cancels a job."""
        raise Unsupported(f"{self.vendor.title} cannot cancel a {request.kind()} ({vendor_id})")

    def listing(self, page: int) -> Call[JobPage]:
        """Return the call for one page of the list of its jobs; `page` counts from 1."""
        what = " and ".join(kind.kind() for kind in self.kinds)
        raise Unsupported(f"{self.vendor.title} cannot list jobs of {what} (page {page})")

    def estimate(self, request: Any, seconds: Callable[[Media], float | None]) -> Cost | None:
        """Return a request's cost by the published prices; ``None`` if it cannot be estimated."""
        return None


class VendorOfProducts(Vendor):
    """A vendor with several products.

    Attributes:
        products: Its products, the main one first.
    """

    products: ClassVar[tuple[type[Product[Any]], ...]] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        """Collect what the products take, list and cancel."""
        super().__init_subclass__(**options)
        cls.kinds = _kinds(cls.products)
        cls.lists = _kinds(product for product in cls.products if product.lists)
        cls.cancels = _kinds(product for product in cls.products if product.cancels)
        cls.uploads = _kinds(product for product in cls.products if product.uploads)

    @classmethod
    def prices_of(cls, kind: type[Request]) -> str:
        """Return what a job of a kind costs; of a product without an estimate, nothing is known."""
        product = next((each for each in cls.products if kind in each.kinds), Product)
        return Vendor.prices if product.estimate is Product.estimate else cls.prices

    @cached_property
    def _products(self) -> dict[type[Request], Product[Any]]:
        made = [product(self) for product in self.products]
        return {kind: product for product in made for kind in product.kinds}

    def product(self, kind: type[Request]) -> Product[Any]:
        """Return the product of a kind of request; `Unsupported` if there is none."""
        if kind not in self._products:
            raise Unsupported(f"{self.title} has no {kind.kind()}")
        return self._products[kind]

    async def submission(self, request: Request, delivery: Delivery) -> Call[Snapshot]:
        """Do a request's free steps, and return the paid call of its product."""
        return await self.product(type(request)).submission(request, delivery)

    def poll(self, request: Request, vendor_id: str) -> Call[Snapshot]:
        """Return its product's call that asks for a job's state."""
        return self.product(type(request)).poll(request, vendor_id)

    def cancellation(self, request: Request, vendor_id: str) -> Call[None]:
        """Return its product's call that cancels a job."""
        return self.product(type(request)).cancellation(request, vendor_id)

    def listing(self, kind: type[Request], page: int) -> Call[JobPage]:
        """Return the call for one page of the list of jobs of a product."""
        return self.product(kind).listing(page)

    def estimate(self, request: Request, seconds: Callable[[Media], float | None]) -> Cost | None:
        """Return a request's cost by the published prices of its product."""
        return self.product(type(request)).estimate(request, seconds)


def _kinds(products: Iterable[type[Product[Any]]]) -> tuple[type[Request], ...]:
    return tuple(kind for product in products for kind in product.kinds)
