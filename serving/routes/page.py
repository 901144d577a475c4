"""The page and its files: without data, so open to all; what they ask for needs a key as everywhere."""

from fastapi import APIRouter, Request, Response

from serving.page import PageFile, page_files
from serving.problems import NotFound

CONTENT = ("default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
           "connect-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
"""Nothing comes from elsewhere. Vega sets styles of its own on what it draws; its pictures, for downloads, are data and blobs."""
ALWAYS = {"Content-Security-Policy": CONTENT, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


def routes() -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    @router.head("/")
    def page(request: Request) -> Response:
        return _sent(request, page_files().index, "no-cache")

    @router.get("/page/{version}/{name:path}")
    @router.head("/page/{version}/{name:path}")
    def file(request: Request, version: str, name: str) -> Response:
        files = page_files()
        if version != files.version or name not in files.others:
            raise NotFound("There is no such file of the page; it may be of another version: load the page again.")
        return _sent(request, files.others[name], "public, max-age=31536000, immutable")

    return router


def _sent(request: Request, file: PageFile, keep: str) -> Response:
    headers = {**ALWAYS, "Cache-Control": keep, "Vary": "Accept-Encoding"}
    if file.gzipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.gzipped, media_type=file.kind, headers={**headers, "Content-Encoding": "gzip"})
    return Response(file.content, media_type=file.kind, headers=headers)
