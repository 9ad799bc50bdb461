"""The search of Django's admin over the rows that benchmarks.search loads, in Postgres.

    python -m benchmarks.django_admin load --entries 1000000
    python -m benchmarks.django_admin run

Target 10 of docs/performance.md. Neither is a dependency of this project: run it with a Python that has Django and
psycopg, and with the usual variables of Postgres (PGHOST, PGPORT, PGUSER, PGDATABASE) for an empty database.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from itertools import islice
from types import ModuleType
from typing import Any

import django  # type: ignore[import-not-found]
from django.conf import settings  # type: ignore[import-not-found]

from benchmarks.audit_entries import Business

RUNS = 5
SEARCHES = ("deleted", "deleted Smith", "exported McCarthy", "smi", "zebra", "deleted zebra", "")
COLUMNS = ("occurred_at", "member_name", "username", "source", "ip", "action", "names", "affected")


def set_up() -> Any:
    """The model, which the admin offers with what a search of ours looks in."""
    contrib = [f"django.contrib.{name}" for name in ("admin", "auth", "contenttypes", "sessions", "messages")]
    processors = ["django.contrib.auth.context_processors.auth", "django.contrib.messages.context_processors.messages"]
    processors.append("django.template.context_processors.request")
    middleware = ["sessions.middleware.SessionMiddleware", "auth.middleware.AuthenticationMiddleware"]
    middleware.append("messages.middleware.MessageMiddleware")
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"]}},
        INSTALLED_APPS=contrib,
        MIDDLEWARE=[f"django.contrib.{name}" for name in middleware],
        SECRET_KEY="benchmark",
        ALLOWED_HOSTS=["testserver"],
        STATIC_URL="/static/",
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": processors},
            }
        ],
    )
    django.setup()
    from django.contrib import admin  # type: ignore[import-not-found]
    from django.db import models  # type: ignore[import-not-found]
    from django.urls import path  # type: ignore[import-not-found]

    class AuditEntry(models.Model):  # type: ignore[misc]
        occurred_at = models.DateTimeField(db_index=True)
        member_name = models.CharField(max_length=256)
        username = models.CharField(max_length=256, db_index=True)
        source = models.CharField(max_length=32, db_index=True)
        ip = models.CharField(max_length=45)
        action = models.CharField(max_length=256)
        names = models.TextField()
        affected = models.JSONField()

        class Meta:
            app_label = "admin"
            ordering = ("-occurred_at",)

    class AuditEntryAdmin(admin.ModelAdmin):  # type: ignore[misc]
        list_display = COLUMNS[:-1]
        search_fields = ("member_name", "username", "action", "names")

    admin.site.register(AuditEntry, AuditEntryAdmin)
    urls = ModuleType("urls")
    urls.urlpatterns = [path("admin/", admin.site.urls)]  # type: ignore[attr-defined]
    settings.ROOT_URLCONF = urls
    return AuditEntry


def load(model: Any, entries: int) -> None:
    from django.core.management import call_command  # type: ignore[import-not-found]
    from django.db import connection

    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(model)
    rows = Business().entries(entries)
    while several := list(islice(rows, 10_000)):
        model.objects.bulk_create([_row(model, entry) for entry in several])
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {model._meta.db_table}")  # noqa: SLF001 - a name of Django's own


def _row(model: Any, entry: dict[str, Any]) -> Any:
    affected = entry.get("affected", [])
    told = {name: entry[name] for name in COLUMNS[:-2]}
    return model(**told, names=", ".join(one["name"] for one in affected), affected=affected)


def run(model: Any) -> None:
    from django.contrib.auth.models import User  # type: ignore[import-not-found]
    from django.test import Client  # type: ignore[import-not-found]

    browser = Client()
    browser.force_login(User.objects.get_or_create(username="ada", is_staff=True, is_superuser=True)[0])
    print(f"{model.objects.count():,} rows; the admin's page of 100, median of {RUNS}")
    for q in SEARCHES:
        walls = []
        for _ in range(RUNS + 1):
            started = time.perf_counter()
            answer = browser.get("/admin/admin/auditentry/", {"q": q})
            walls.append(time.perf_counter() - started)
            assert answer.status_code == 200
        found = answer.context_data["cl"].result_count
        print(f"{q or '(all)':<20} {found:>9,} found {statistics.median(walls[1:]) * 1000:>7,.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("load").add_argument("--entries", type=int, default=1_000_000)
    commands.add_parser("run")
    given = parser.parse_args()
    model = set_up()
    if given.command == "load":
        load(model, given.entries)
    else:
        run(model)


if __name__ == "__main__":
    main()
