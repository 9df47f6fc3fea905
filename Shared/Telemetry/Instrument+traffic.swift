extension Instrument {
    static let traffic = [
        httpRequests, httpSeconds, httpErrors, httpConnections,
    ]
    static let providers = [
        calls, callSeconds, callsInFlight, firstByteSeconds, firstTokenSeconds, overheadSeconds, streams, tokens, cost,
        unpriced, fallbacks, callRowsDropped,
    ]

    /// Requests by route and status class.
    public static let httpRequests = Instrument(
        .counter,
        "martlet_http_requests_total",
        "requests",
        labels: ["method", "route", "status"],
        "Requests that reached the gateway's routes, by what they were answered: 2xx, 3xx, 4xx, 5xx, or left."
    )
    /// How long requests took.
    public static let httpSeconds = Instrument(
        .histogram,
        "martlet_http_request_seconds",
        "seconds",
        labels: ["method", "route"],
        "From a request's head to the end of its answer; streams last as long as they are read."
    )
    /// Errors by code.
    public static let httpErrors = Instrument(
        .counter,
        "martlet_http_errors_total",
        "requests",
        labels: ["code"],
        "Requests that were answered with an error, by its code."
    )
    /// Open connections.
    public static let httpConnections = Instrument(
        .gauge,
        "martlet_http_connections",
        "connections",
        "Connections of clients that are open."
    )

    /// Calls by provider type and outcome.
    public static let calls = Instrument(
        .counter,
        "martlet_calls_total",
        "calls",
        labels: ["purpose", "type", "outcome"],
        "Calls to providers by connector type and outcome: ok, cancelled, or the error's code."
    )
    /// How long calls took.
    public static let callSeconds = Instrument(
        .histogram,
        "martlet_call_seconds",
        "seconds",
        labels: ["purpose", "type"],
        "From a request's head to the end of the provider's answer, whatever the outcome."
    )
    /// Calls under way.
    public static let callsInFlight = Instrument(
        .gauge,
        "martlet_calls_in_flight",
        "calls",
        labels: ["purpose"],
        "Calls to providers that have not ended."
    )
    /// Time to the provider's first byte.
    public static let firstByteSeconds = Instrument(
        .histogram,
        "martlet_call_first_byte_seconds",
        "seconds",
        labels: ["type"],
        "From sending a request to the head of the provider's answer."
    )
    /// Time to the first piece of a stream.
    public static let firstTokenSeconds = Instrument(
        .histogram,
        "martlet_call_first_token_seconds",
        "seconds",
        labels: ["type"],
        "From sending a request to the first bytes of a streamed answer."
    )
    /// The gateway's own share.
    public static let overheadSeconds = Instrument(
        .histogram,
        "martlet_call_overhead_seconds",
        "seconds",
        "What the gateway itself added to a call that was answered whole."
    )
    /// Streams by how they ended.
    public static let streams = Instrument(
        .counter,
        "martlet_streams_total",
        "streams",
        labels: ["type", "ending"],
        "Streamed answers by how they ended: done, error, or cancelled by the client."
    )
    /// Tokens used.
    public static let tokens = Instrument(
        .counter,
        "martlet_tokens_total",
        "tokens",
        labels: ["type", "model", "direction"],
        "Tokens that providers counted, in and out; models without a row in the price table are counted as other."
    )
    /// Money spent.
    public static let cost = Instrument(
        .counter,
        "martlet_cost_usd_total",
        "US dollars",
        labels: ["type", "model"],
        "What calls and images cost as far as it is known; models without a row in the price table are counted as other."
    )
    /// Calls of unknown price.
    public static let unpriced = Instrument(
        .counter,
        "martlet_unpriced_calls_total",
        "calls",
        labels: ["type"],
        "Answered calls and images whose cost is unknown."
    )
    /// Calls that went on elsewhere.
    public static let fallbacks = Instrument(
        .counter,
        "martlet_fallbacks_total",
        "calls",
        labels: ["trigger"],
        "Calls that went on with the organisation's default, by the code of the failure that led there."
    )
    /// Rows lost.
    public static let callRowsDropped = Instrument(
        .counter,
        "martlet_call_rows_dropped_total",
        "rows",
        "Call log rows dropped for want of room."
    )
}
