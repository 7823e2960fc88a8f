"""Mail where there is no mail server: each is a file, and the log says where it lies."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend

logger = logging.getLogger(__name__)


class FolderBackend(EmailBackend):
    """Django's backend for files, in a folder that only its owner can read: mails hold links."""

    def __init__(self, *, file_path: str | Path | None = None, **options: Any) -> None:
        folder = Path(file_path or settings.EMAIL_FILE_PATH)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(file_path=str(folder), **options)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the mails to one file; how many there were."""
        sent: int = super().send_messages(email_messages) or 0
        if sent:
            logger.info("No mail server is set: the mail lies in %s", self._get_filename())  # type: ignore[attr-defined]
        return sent
