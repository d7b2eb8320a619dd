"""An example of each body that the API takes, as /openapi.json shows it, by the name of its model."""

from typing import Any, Final

_ADDRESS: Final = {"lines": ["1 Example Road"], "city": "Singapore", "postcode": "018956", "country": "SG"}
_MUG: Final = {"sku": "MUG-BLUE", "title": "Blue mug", "quantity": 2, "unit_price": "12.50"}
_ONE_MUG: Final = [{"sku": "MUG-BLUE", "quantity": 1}]
_ID: Final = "0d0f7f0e-5f0a-4c55-9a53-2f6f1a3b9f10"

EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "OrderGiven": {
        "number": "TT-1001",
        "buyer": {"name": "Mei Tan", "email": "mei@example.com", "phone": "+6561234567", "zone": "Asia/Singapore"},
        "address": _ADDRESS,
        "lines": [_MUG],
        "currency": "SGD",
        "shipping_fee": "2.00",
        "payment": {"method": "card", "prepaid": "27.00"},
        "fulfilment": {"type": "ship_by_seller"},
    },
    "OrdersGiven": {"orders": [_ID]},
    "OrdersOrFiltersGiven": {"filters": {"status": ["shipped"]}},
    "NothingGiven": {},
    "PackGiven": {
        "checklist": {
            "counts": {"MUG-BLUE": 2},
            "options_match": True,
            "address_checked": True,
            "size_fits": True,
            "no_prohibited_insert": True,
        }
    },
    "TrackingGiven": {"carrier": "Ninja Van", "number": "NVSG0000001"},
    "LabelGiven": {
        "recipient": "Mei Tan",
        "address": ["1 Example Road", "Singapore 018956"],
        "items": [{"sku": "MUG-BLUE", "title": "Blue mug", "quantity": 2}],
        "tracking_number": "NVSG0000001",
    },
    "InsertGiven": {"text": "Thank you for your order."},
    "BookingGiven": {"kind": "pick_up", "window": "tomorrow, 9 to 12"},
    "HandoverGiven": {"carrier": "Ninja Van", "number": "NVSG0000001", "condition": "intact"},
    "CarrierGiven": {"carrier": "J&T Express"},
    "UpdateGiven": {"words": "The carrier says that it is at their hub.", "evidence": [_ID]},
    "SplitGiven": {"lines": _ONE_MUG},
    "CombineGiven": {"into": 1, "parcels": [2]},
    "FaultGiven": {"fault": "carrier", "bears": "carrier", "words": "Their van was flooded."},
    "CancelGiven": {"by": "seller", "reason": "The last one broke."},
    "AddressChangeGiven": {"address": _ADDRESS},
    "LinesGiven": {"lines": [{**_MUG, "quantity": 1}]},
    "ApprovalGiven": {},
    "RefusalGiven": {"reason": "The parcel is packed already."},
    "ReceivedGiven": {"parcels": [1]},
    "CollectedGiven": {"amount": "27.00"},
    "RefundGiven": {"reason": "It never came.", "parcels": [1]},
    "DecisionGiven": {"reason": "The carrier has lost it."},
    "ReturnGiven": {"parcel": 1, "lines": _ONE_MUG, "reason": "It is chipped."},
    "ReturnApprovalGiven": {"instructions": "Wrap it in paper, and write RETURN on the box."},
    "ReturnSentGiven": {"carrier": "Ninja Van", "number": "NVSG0000002"},
    "ReturnReceivedGiven": {"intact": _ONE_MUG},
    "ComplaintGiven": {"kind": "damaged", "parcel": 1, "words": "The mug is broken."},
    "AnswerGiven": {"words": "We are sorry: the money is on its way."},
    "LocationGiven": {"name": "Warehouse", "address": _ADDRESS, "zone": "Asia/Singapore"},
    "CountGiven": {"on_hand": 40},
    "AdjustmentGiven": {"delta": -2, "reason": "Broken on the shelf."},
    "DropOffPointGiven": {"name": "Ninja Point Bugis", "address": _ADDRESS, "carrier": "Ninja Van"},
    "KeyGiven": {"name": "Warehouse", "scopes": ["read", "write"]},
    "UserGiven": {"email": "ann@example.com", "name": "Ann", "is_admin": False},
    "LoginGiven": {"email": "ann@example.com", "password": "correct horse battery staple"},
    "PasswordGiven": {"current": "the one-time password", "new": "correct horse battery staple"},
    "CodeGiven": {"challenge": _ID, "code": "123456"},
    "QuantitiesGiven": {"quantities": {"MUG-BLUE": 1}},
    "BuyerCancelGiven": {"reason": "I ordered it twice."},
    "NotReceivedGiven": {"parcel": 1, "words": "Nobody was here, and nothing is."},
    "BuyerComplaintGiven": {"kind": "damaged", "parcel": 1, "words": "The mug is broken."},
    "BuyerReturnGiven": {"parcel": 1, "quantities": {"MUG-BLUE": 1}, "reason": "It is chipped."},
    "ShopGiven": {"name": "Blue shop", "email": "seller@example.com", "zone": "Asia/Singapore"},
    "MarketplaceGiven": {"account": "tiktok-shop", "seller": "7490000000000000007"},
    "SuspensionGiven": {"reason": "Three complaints of empty parcels were upheld."},
    "PolicyChangesGiven": {"return_window_days": 30},
    "VerdictGiven": {"words": "The photo shows an empty box."},
}
