from tests.crash.test_every_step import *
from tests.crash.conftest import *
def test_places(ground):
    ended,_=uninterrupted(ground, CASES["critical"]())
    print("STEPS", len(ended.steps), "PLACES", len(places_to_die(ended.steps)))
