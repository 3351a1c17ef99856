"""The reference in docs/ is what the types say."""

from models_lib.spec.reference import REFERENCE_PATH, SECTIONS, render_reference


def test_the_page_is_up_to_date() -> None:
    assert REFERENCE_PATH.read_text(encoding="utf-8") == render_reference(), "run python -m models_lib.spec.reference"


def test_every_field_is_described() -> None:
    undescribed = [
        f"{title}.{name}"
        for title, part in SECTIONS
        for name, field in part.model_fields.items()
        if not field.description
    ]
    assert undescribed == []
