"""Makes the widgets of one form, which share layouts and styles: so a saved form is small."""

from typing import Any, TypeVar

import ipywidgets as widgets

Made = TypeVar("Made", bound=widgets.Widget)


class WidgetFactory:
    """Makes widgets that share one layout, and one style per class.

    The style sheets set their places and their looks.
    """

    def __init__(self) -> None:
        self.layout = widgets.Layout()
        self._styles: dict[type, widgets.Widget] = {}

    def new(self, kind: type[Made], *args: Any, css: str = "", **options: Any) -> Made:
        """Return a new widget.

        Args:
            kind: The widget's class.
            args: The class's arguments.
            css: CSS classes, separated by spaces.
            options: The class's keyword arguments.
        """
        widget: Made = kind(*args, **self.of(kind), **options)
        for name in css.split():
            widget.add_class(name)
        return widget

    def of(self, kind: type[widgets.Widget]) -> dict[str, widgets.Widget]:
        """Return the layout and, where the class has one, the style of a widget."""
        trait = kind.class_traits().get("style")
        if trait is None:
            return {"layout": self.layout}
        if trait.klass not in self._styles:
            self._styles[trait.klass] = trait.klass()
        return {"layout": self.layout, "style": self._styles[trait.klass]}
