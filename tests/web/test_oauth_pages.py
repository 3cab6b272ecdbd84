import pytest

from core.consents import Ending, Outcome, Purpose
from web.oauth_pages import ending_page


@pytest.mark.parametrize(
    ("campaigns", "said"),
    [(("Workshop",), "Member of Workshop. /patron me"), ((), "no membership of yours yet")],
)
def test_a_patron_reads_what_the_bot_knows_by_now_and_where_to_see_it(campaigns, said):
    ending = Ending(outcome=Outcome.DONE, purpose=Purpose.PATRON, name="Ada", campaigns=campaigns)

    page = ending_page(ending)

    assert page.title == "Linked as Ada"
    assert said in " ".join(page.sentences)
    assert page.status == 200


def test_a_creator_reads_which_campaigns_were_connected():
    ending = Ending(
        outcome=Outcome.DONE, purpose=Purpose.CONNECT, name="Ada", campaigns=("Workshop",)
    )

    page = ending_page(ending)

    assert page.title == "Connected as Ada"
    assert "Campaigns: Workshop." in page.sentences
