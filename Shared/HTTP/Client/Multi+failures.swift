import CCurl

extension Multi {
    /// libcurl's result as this module's error, or nil for a good end.
    static func failure(_ result: CURLcode, _ easy: EasyHandle, _ transfer: Transfer) -> HTTPError? {
        let number = Int(result.rawValue)
        func error(_ code: HTTPError.Code, _ message: String) -> HTTPError {
            HTTPError(code, message, number: number)
        }
        switch result {
        case CURLE_OK:
            return transfer.responseHead == nil ? error(.malformed, "The response has no head.") : nil
        case CURLE_COULDNT_RESOLVE_HOST:
            return error(.resolveFailed, "The name has no address.")
        case CURLE_COULDNT_CONNECT:
            return transfer.wasRefused
                ? error(.addressRefused, "The policy forbids that address.")
                : error(.connectFailed, "Nobody answers at that address.")
        case CURLE_OPERATION_TIMEDOUT:
            return easy.isConnected
                ? error(.totalTimeout, "The call took longer than it may.")
                : error(.connectTimeout, "No connection came about in time.")
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            return error(.tlsFailed, "The TLS handshake or the certificate failed.")
        case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_HTTP2_STREAM:
            return error(.resetByPeer, "The peer closed the connection before the response was complete.")
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_LOGIN_DENIED:
            return error(.invalidRequest, "The URL is not an http or https address.")
        case CURLE_WEIRD_SERVER_REPLY, CURLE_HTTP2, CURLE_BAD_CONTENT_ENCODING, CURLE_UNSUPPORTED_PROTOCOL:
            return error(.malformed, "The response breaks the protocol.")
        default:
            return error(.unexpected, String(cString: curl_easy_strerror(result)))
        }
    }
}
