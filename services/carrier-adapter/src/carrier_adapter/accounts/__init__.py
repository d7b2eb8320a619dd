"""Carrier accounts: whose feeds come in, in which format, how they are signed and answered."""

from carrier_adapter.accounts.account import Account, Accounts
from carrier_adapter.accounts.register import add_account

__all__ = ["Account", "Accounts", "add_account"]
