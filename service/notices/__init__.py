"""Notices to cities, in the application and by signed webhooks."""
