"""The pages. Each module has PATH, TITLE, layout() and register(app, nights); callbacks are plain functions."""

from app.pages import account, cluster, entity, queue

PAGES = (queue, cluster, account, entity)
