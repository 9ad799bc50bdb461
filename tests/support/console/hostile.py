"""E-mails that try to run, to fetch, to send or to cover something; each calls a loopback server that counts."""

# Set where a script ran, in whichever window.
RAN = "window.__ran = true; try { top.__ran = true } catch (e) {}"
# What `Show images` may load: the rest of these e-mails' addresses is never asked for.
PICTURES = {
    "pixel", "svg-image", "svg-foreign", "background", "cursor", "content", "bullet", "background-attribute", "inline",
    "poster", "source", "srcset", "input", "broken",
}  # fmt: skip


def hostile_mails(url: str) -> dict[str, str]:
    """HTML bodies by what they try; `url` is that of the server."""
    run = f"{RAN}; fetch('%URL%/script'); new Image().src = '%URL%/script-image'"
    return {name: html.replace("%RUN%", run).replace("%URL%", f"{url}/{name}") for name, html in _MAILS.items()}


_MAILS = {
    "picture": 'READ ME<img src="%URL%/pixel" width="1" height="1">',
    "script-in-head": "<html><head><script>%RUN%</script></head><body>READ ME</body></html>",
    "script-in-body": "READ ME<script>%RUN%</script><script src='%URL%/script.js'></script>",
    "handlers": (
        'READ ME<img src="x" onerror="%RUN%"><body onload="%RUN%"><details open ontoggle="%RUN%">'
        '<input autofocus onfocus="%RUN%"><video onerror="%RUN%"><source onerror="%RUN%"></video>'
    ),
    "svg": (
        'READ ME<svg onload="%RUN%"><script>%RUN%</script>'
        '<animate onbegin="%RUN%" attributeName="x" dur="1s"/>'
        '<image href="%URL%/svg-image"/><use href="%URL%/svg-use#x"/>'
        '<foreignObject><img src="%URL%/svg-foreign"></foreignObject></svg>'
    ),
    "javascript-link": '<a id="go" href="javascript:%RUN%">READ ME</a>',
    "data-link": '<a id="go" href="data:text/html,<script>%RUN%</script>">READ ME</a>',
    "meta-refresh": (
        '<html><head><meta http-equiv="refresh" content="0; url=%URL%/refresh"></head>'
        '<body>READ ME<meta http-equiv="refresh" content="0; url=%URL%/refresh"></body></html>'
    ),
    "base-and-links": (
        '<html><head><base href="%URL%/base/"><link rel="stylesheet" href="%URL%/sheet.css">'
        '<link rel="preload" as="image" href="%URL%/preload"><link rel="prefetch" href="%URL%/prefetch">'
        '<link rel="dns-prefetch" href="%URL%"><link rel="icon" href="%URL%/icon"></head>'
        '<body>READ ME<img src="relative.png"></body></html>'
    ),
    "form": (
        'READ ME<form action="%URL%/form" method="post"><input name="password" value="secret">'
        '<button id="go" formaction="%URL%/formaction">Confirm your password</button></form>'
    ),
    "frames": (
        'READ ME<iframe srcdoc="<script>%RUN%</script><img src=%URL%/srcdoc>"></iframe>'
        '<iframe src="%URL%/frame"></iframe><object data="%URL%/object"></object><embed src="%URL%/embed">'
        '<frameset><frame src="%URL%/frame-of-set"></frameset>'
    ),
    "remote-css": (
        '<html><head><style>@import "%URL%/import.css"; @font-face { font-family: F; src: url(%URL%/font) }'
        "body { font-family: F; background: url(%URL%/background); cursor: url(%URL%/cursor), auto }"
        "p::before { content: url(%URL%/content) } li { list-style-image: url(%URL%/bullet) }</style></head>"
        '<body background="%URL%/background-attribute"><p style="background: url(%URL%/inline)">READ ME</p>'
        "<li>one</li></body></html>"
    ),
    "media": (
        'READ ME<video src="%URL%/video" poster="%URL%/poster" autoplay></video><audio src="%URL%/audio" autoplay>'
        '</audio><picture><source srcset="%URL%/source"><img srcset="%URL%/srcset 1x"></picture>'
        '<track src="%URL%/track"><input type="image" src="%URL%/input">'
    ),
    "cover": (
        "<style>html, body { position: fixed; inset: 0; width: 100vw; height: 100vh; z-index: 2147483647;"
        ' background: red } a { position: fixed; inset: 0 }</style><a href="https://example.com/">READ ME</a>'
    ),
    "top-navigation": (
        '<a id="go" target="_top" href="%URL%/top">READ ME</a><script>top.location = "%URL%/top"</script>'
    ),
    "speaks-to-the-page": (
        "READ ME<script>parent.postMessage({html: 'x', token: 1}, '*'); opener && opener.postMessage('x', '*')</script>"
    ),
    "broken": "<html><<body><p>READ ME</textarea></style></script>--><img src='%URL%/broken' <b <i",
    "mutated": (
        'READ ME<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=%RUN%&gt;">'
        '<noscript><p title="</noscript><img src=x onerror=%RUN%>"></noscript>'
    ),
    "one-megabyte": "READ ME" + "<p>" + "A long newsletter. " * 55_000 + "</p>",
    "right-to-left": ('<html dir="rtl" lang="he"><body><p>READ ME שלום, השיעור מתחיל ב־17:00</p></body></html>'),
}

# What a person would see as text, and a page that trusts it would run.
MARKUP = '<img src=x onerror="window.__ran = true"><script>window.__ran = true</script><b>bold</b>'
