"""The "Send test" button of Patreon's webhook portal."""

import json


def portal_test_body(campaign_id: str, user_id: str, page: str) -> bytes:
    """Write what the portal's "Send test" button sends: v1-like, with a null id.

    Source: forum topic 4357; zulip/zulip, `patreon/fixtures/members_create.json`.
    """
    base = "https://www.patreon.com/api"
    document = {
        "data": {
            "attributes": {
                "access_expires_at": None,
                "campaign_currency": "USD",
                "campaign_lifetime_support_cents": 12345,
                "campaign_pledge_amount_cents": 550,
                "full_name": "Platform",
                "is_follower": False,
                "last_charge_date": "2014-04-01T00:00:00.000+00:00",
                "last_charge_status": "Paid",
                "lifetime_support_cents": 12345,
                "patron_status": "active_patron",
                "pledge_amount_cents": 550,
                "pledge_relationship_start": "2014-03-14T00:00:00.000+00:00",
            },
            "id": None,
            "relationships": {
                "address": {"data": None},
                "campaign": {
                    "data": {"id": campaign_id, "type": "campaign"},
                    "links": {"related": f"{base}/campaigns/{campaign_id}"},
                },
                "user": {
                    "data": {"id": user_id, "type": "user"},
                    "links": {"related": f"{base}/user/{user_id}"},
                },
            },
            "type": "member",
        },
        "included": [
            {
                "type": "campaign",
                "id": campaign_id,
                "attributes": {
                    "name": page,
                    "pledge_sum": 2315,
                    "pledge_url": f"/join/{page}",
                    "url": f"https://www.patreon.com/{page}",
                },
            },
            {
                "type": "user",
                "id": user_id,
                "attributes": {
                    "email": "creator@example.com",
                    "discord_id": None,
                    "social_connections": {"discord": None},
                },
            },
            {
                "type": "reward",
                "id": "-1",
                "attributes": {"amount_cents": 0, "description": "Everyone"},
            },
            {
                "type": "reward",
                "id": "0",
                "attributes": {"amount_cents": 1, "description": "Patrons Only"},
            },
            {
                "type": "reward",
                "id": "7000001",
                "attributes": {"amount_cents": 500, "title": "Backer", "discord_role_ids": None},
            },
        ],
        "links": {"self": f"{base}/members/None"},
    }
    return json.dumps(document).encode()
