"""Signing in through the department's own directory (OpenID Connect 1.0, authorization code with PKCE). A door.

`wire` speaks HTTP, `provider` keeps what the provider says of itself and exchanges a code, `tokens` judges what it says
of a person, `newcomer` who that is at this office. joserfc checks signatures; nothing of a token is kept or logged.
"""
