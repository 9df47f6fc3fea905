import CCurl
import Loop

/// One of libcurl's easy handles, set up once and used for call after call: only what differs from the call before is
/// set again.
@NetLoop
final class EasyHandle {
    let raw: UnsafeMutableRawPointer
    private var url = ""
    /// The URL taken apart, once: given as text, libcurl would do so for each call (2 to 3 µs).
    private var parts: OpaquePointer?
    private var method = ""
    private var connectTime: Duration = .zero
    private var headers: HeaderList?
    private var hadBody = false

    /// The call that uses the handle now.
    var transfer: Transfer?

    init?(_ multi: Multi) {
        guard let raw = curl_easy_init() else { return nil }
        self.raw = raw
        let context = Unmanaged.passUnretained(multi).toOpaque()
        let this = Unmanaged.passUnretained(self).toOpaque()
        martlet_set_long(raw, CURLOPT_NOSIGNAL, 1)
        martlet_set_string(raw, CURLOPT_PROXY, "")
        martlet_set_string(raw, CURLOPT_PROTOCOLS_STR, "http,https")
        martlet_set_long(raw, CURLOPT_FOLLOWLOCATION, 0)
        martlet_set_long(raw, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        martlet_set_long(raw, CURLOPT_PIPEWAIT, 0)
        martlet_set_long(raw, CURLOPT_TCP_NODELAY, 1)
        martlet_set_long(raw, CURLOPT_NOPROGRESS, 1)
        martlet_set_long(raw, CURLOPT_HTTP09_ALLOWED, 0)
        martlet_set_long(raw, CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        martlet_set_long(raw, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        martlet_set_bytes_callback(raw, CURLOPT_HEADERFUNCTION, transferHeader)
        martlet_set_pointer(raw, CURLOPT_HEADERDATA, this)
        martlet_set_bytes_callback(raw, CURLOPT_WRITEFUNCTION, transferBytes)
        martlet_set_pointer(raw, CURLOPT_WRITEDATA, this)
        martlet_set_pointer(raw, CURLOPT_PRIVATE, this)
        martlet_set_open_socket(raw, openSocket, context)
        martlet_set_close_socket(raw, closeSocket, context)
    }

    /// Sets what this request needs; false when it can't be sent as it is.
    func prepare(_ request: ClientRequest) -> Bool {
        guard request.url == url || setURL(request.url) else { return false }
        if request.timeouts.connect != connectTime {
            connectTime = request.timeouts.connect
            martlet_set_long(raw, CURLOPT_CONNECTTIMEOUT_MS, Int(max(1, connectTime.milliseconds)))
        }
        guard let list = HeaderList(request.headers) else { return false }
        martlet_set_pointer(raw, CURLOPT_HTTPHEADER, list.head)
        headers = list
        return setMethod(request)
    }

    private func setURL(_ text: String) -> Bool {
        // Always into a new handle: one that holds a URL would complete a relative one by it.
        guard let fresh = curl_url() else { return false }
        guard curl_url_set(fresh, CURLUPART_URL, text, UInt32(CURLU_DISALLOW_USER)) == CURLUE_OK,
            martlet_set_string(raw, CURLOPT_URL, text) == CURLE_OK,
            martlet_set_pointer(raw, CURLOPT_CURLU, UnsafeRawPointer(fresh)) == CURLE_OK
        else {
            curl_url_cleanup(fresh)
            return false
        }
        curl_url_cleanup(parts)
        parts = fresh
        url = text
        return true
    }

    private func setMethod(_ request: ClientRequest) -> Bool {
        guard request.method.utf8.allSatisfy(ByteScan.isToken), !request.method.isEmpty else { return false }
        let hasBody = !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method)
        if request.method != method || hasBody != hadBody {
            martlet_set_long(raw, CURLOPT_NOBODY, 0)
            martlet_set_long(raw, hasBody ? CURLOPT_POST : CURLOPT_HTTPGET, 1)
            if request.method == "HEAD", !hasBody { martlet_set_long(raw, CURLOPT_NOBODY, 1) }
            let isUsual = hasBody ? request.method == "POST" : ["GET", "HEAD"].contains(request.method)
            martlet_set_string(raw, CURLOPT_CUSTOMREQUEST, isUsual ? nil : request.method)
            method = request.method
            hadBody = hasBody
        }
        guard hasBody else { return true }
        // libcurl reads the array's own storage. The request holds the array, unchanged, until the call is over, and
        // a native array's storage neither moves nor goes while something holds it.
        martlet_set_size(raw, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
        request.body.withUnsafeBytes { bytes in
            _ = martlet_set_pointer(raw, CURLOPT_POSTFIELDS, bytes.baseAddress ?? UnsafeRawPointer(raw))
        }
        return true
    }

    /// Forgets the last call's fields, which may hold a credential.
    func clear() {
        transfer = nil
        martlet_set_pointer(raw, CURLOPT_HTTPHEADER, nil)
        headers = nil
        if hadBody { martlet_set_pointer(raw, CURLOPT_POSTFIELDS, UnsafeRawPointer(raw)) }
    }

    /// Whether the call in progress got as far as a connection.
    var isConnected: Bool {
        var microseconds: curl_off_t = 0
        martlet_get_size(raw, CURLINFO_PRETRANSFER_TIME_T, &microseconds)
        return microseconds > 0
    }

    /// Ends the handle; it must not be in a multi.
    func close() {
        curl_easy_cleanup(raw)
        curl_url_cleanup(parts)
    }
}
