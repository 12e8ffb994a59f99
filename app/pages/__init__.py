"""The pages. Each module has PATH, TITLE, layout() and register(app, desk); callbacks are plain functions."""

from app.pages import account, audit, case, cases, cluster, entity, queue, runs, tonight

PAGES = (tonight, queue, cases, case, cluster, account, entity, runs, audit)
