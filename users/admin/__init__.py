"""People, REST clients and their permissions in the admin."""

from users.admin.accounts import AccountAdmin, RoleAdmin
from users.admin.erasures import ErasureReceiptAdmin
from users.admin.shoppers import ShopperAdmin
from users.admin.tokens import ApiTokenAdmin

__all__ = ["AccountAdmin", "ApiTokenAdmin", "ErasureReceiptAdmin", "RoleAdmin", "ShopperAdmin"]
