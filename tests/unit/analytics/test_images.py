"""Images in messages, as kubelets and container runtimes write them."""

import pytest

from analytics.images import image_of


@pytest.mark.parametrize(
    ("message", "image"),
    [
        ('Pulling image "nginx"', "nginx"),
        ('pulling image "a1pine"', "a1pine"),
        ('Back-off pulling image "quay.io/a/b:1"', "quay.io/a/b:1"),
        ('Back-off pulling image "a:1": ErrImagePull: pull QPS exceeded', "a:1"),
        ('Failed to pull image "localhost:5000/x": image "y" not found', "localhost:5000/x"),
        ('Container image "a@sha256:00ff" already present on machine', "a@sha256:00ff"),
        ('Container image "a" is not present with pull policy of Never', "a"),
        ('(combined from similar events): Successfully pulled image "bash" in 9s', "bash"),
        ('Failed to apply default image tag "A:::b": couldn\'t parse image name', "A:::b"),
        (r"Back-off pulling image \"a:2\"", "a:2"),
    ],
)
def test_an_image_that_is_named(message, image):
    """The first one, as it is written."""
    assert image_of(message) == image


@pytest.mark.parametrize(
    "message",
    [
        "",
        "Back-off restarting failed container web in pod web-0",
        "Error: ErrImagePull",
        "Attempting to garbage collect images. Freed 3 bytes",
        'retrieving payload version="4.8" image="quay.io/a"',
        'Failed to pull image "quay.io/very-long',
        'Failed to pull image "": invalid reference format',
        'custom-image "a" "b c"'.replace(" ", ""),
        'the image "has two words"',
    ],
)
def test_no_image_is_named(message):
    """Other words, no quotes, or quotes that were cut off."""
    assert image_of(message) == ""


def test_a_hostile_message_costs_little():
    """A quarter of a megabyte of openings is read once over."""
    assert image_of('image "' * 40_000) == ""
    assert image_of('image "' + "a" * 262_144) == ""
