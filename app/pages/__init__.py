"""The pages. Each module has PATH, TITLE, layout() and register(app, desk); callbacks are plain functions."""

from app.pages import account, audit, case, cases, cluster, compare, entity, pair, queue, runs, tonight

PAGES = (tonight, queue, cases, case, cluster, account, entity, pair, compare, runs, audit)
