"""``manage.py token_issue NAME --scope SCOPE``: a key for a REST client."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from users.models import ApiToken, Scope

#: Events of these origins are the shop's own; a client by the name would share their ids.
RESERVED_NAMES = frozenset({"web", "import", "log-in"})
NAME_LIMIT = 60


class Command(BaseCommand):
    """Issues a token and prints its key, which cannot be read again later."""

    help = "Issue a token for a REST client and print its key, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="name of the client, unique")
        parser.add_argument(
            "--scope",
            action="append",
            choices=Scope.values,
            required=True,
            help="what the client may do; give it once for each scope",
        )
        parser.add_argument(
            "--attests-consent",
            action="store_true",
            help="the client asks its own shoppers for consent before it names them",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"].strip()
        if not 0 < len(name) <= NAME_LIMIT:
            raise CommandError(f"a name has 1 to {NAME_LIMIT} characters")
        if name.lower() in RESERVED_NAMES:
            raise CommandError(f"the name “{name}” is the shop's own; choose another")
        if ApiToken.objects.filter(name=name).exists():
            raise CommandError(f"there is a token named “{name}” already; names are unique")
        _token, key = ApiToken.issue(
            name=name,
            scopes=list(dict.fromkeys(options["scope"])),
            attests_consent=options["attests_consent"],
        )
        # Only the key goes to standard output, so that scripts can take it from there.
        self.stderr.write("Keep this key; it is not shown again.")
        self.stdout.write(key)
