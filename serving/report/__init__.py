"""The page as files: one HTML file to mail or print, and an Excel workbook, from the same content."""
