"""HTTP: `App(deps)(Request) -> Response` knows no sockets; `server` is the only module that does."""
