import HTTP

/// `GET /`: the page for operators and users, from the executable itself.
///
/// It is plain HTML, CSS and modules of JavaScript, in `Page/`. The policy lets the browser load and ask this gateway
/// alone and run nothing that stands in the page, so that a text which found its way into it stays a text.
@NetLoop
struct Dashboard {
    static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
        "form-action 'none'", "base-uri 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    private static let headers = [
        ("content-security-policy", policy), ("referrer-policy", "no-referrer"), ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"), ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
    ]

    private let page = file(PackageResources.index_html, "text/html; charset=utf-8")
    private let files: [String: ServedFile] = {
        var files = [
            "style.css": file(PackageResources.style_css, "text/css; charset=utf-8"),
            "icon.svg": file(PackageResources.icon_svg, "image/svg+xml"),
        ]
        let modules = [
            "main": PackageResources.main_js, "api": PackageResources.api_js, "dom": PackageResources.dom_js,
            "overview": PackageResources.overview_js, "connectors": PackageResources.connectors_js,
            "images": PackageResources.images_js, "usage": PackageResources.usage_js,
            "audit": PackageResources.audit_js, "people": PackageResources.people_js,
        ]
        for (name, bytes) in modules { files["\(name).js"] = file(bytes, "text/javascript; charset=utf-8") }
        return files
    }()

    /// The names of the files under `/dashboard/`.
    var names: [String] { files.keys.sorted() }

    func sendPage(_ exchange: Exchange) { page.send(exchange) }

    /// False when there is no file of that name.
    func sendFile(_ exchange: Exchange) -> Bool {
        let name = exchange.request.path.dropFirst("/dashboard/".count)
        guard let file = files[String(name)] else { return false }
        file.send(exchange)
        return true
    }

    private static func file(_ bytes: [UInt8], _ type: String) -> ServedFile {
        ServedFile(bytes, type: type, headers: headers)
    }
}
