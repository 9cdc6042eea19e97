"""What people read: summaries, workbook, dispatch orders, the one-page report."""
