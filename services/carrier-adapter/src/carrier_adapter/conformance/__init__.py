"""Whether a carrier and a Waybill understand each other: pushes that a running Waybill must take or refuse."""
