"""The page that managers read: files that a browser fetches and that ask the API for every number, and the charts' templates."""

from serving.page.files import PageFile, PageFiles, page_files

__all__ = ["PageFile", "PageFiles", "page_files"]
