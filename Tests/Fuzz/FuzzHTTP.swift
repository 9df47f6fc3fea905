// Any bytes must give requests or a refusal, and any stream events or an error, the same wherever it is cut. From the repository's root:
//   H=Shared/HTTP && swiftc -O -wmo -parse-as-library -sanitize=fuzzer,address -o /tmp/fuzz-http Tests/Fuzz/FuzzHTTP.swift \
//     $H/Server/RequestParser.swift $H/Server/HeadBuilder.swift $H/Server/RequestHead.swift $H/ByteScan.swift $H/Fields.swift \
//     $H/HTTPError.swift $H/EventStreamParser.swift
//   mkdir -p /tmp/corpus-http && /tmp/fuzz-http -max_total_time=60 -max_len=2048 /tmp/corpus-http

/// What libFuzzer calls with each input: the first byte says where to cut.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: count))
    guard let first = bytes.first else { return 0 }
    let rest = Array(bytes.dropFirst())
    let cut = rest.isEmpty ? 0 : Int(first) % (rest.count + 1)
    let pieces = [Array(rest[..<cut]), Array(rest[cut...])]
    precondition(requests(in: [rest]) == requests(in: pieces), "a request means something else when cut at \(cut)")
    precondition(events(in: [rest]) == events(in: pieces), "a stream means something else when cut at \(cut)")
    return 0
}

/// What the parser says, as lines that can be compared.
private func requests(in pieces: [[UInt8]]) -> [String] {
    var parser = RequestParser(headerBytes: 512, headerFields: 8, bodyLimit: 256)
    var held: [UInt8] = []
    var lines: [String] = []
    var body: [UInt8] = []
    for piece in pieces {
        held += piece
        var consumed = 0
        let goesOn = held.withUnsafeBytes { window in
            while true {
                switch parser.next(window, &consumed) {
                case .more: return true
                case .head(let head): lines.append("\(head.method) \(head.path) \(head.fields.pairs) \(head.framing)")
                case .body(let range): body += window[range]
                case .end:
                    lines.append("\(body)")
                    body = []
                case .refused(let refusal):
                    lines.append("\(refusal.status)")
                    return false
                }
            }
        }
        held.removeFirst(consumed)
        guard goesOn else { break }
    }
    return lines + ["\(body)"]
}

private func events(in pieces: [[UInt8]]) -> [EventStreamParser.Event?] {
    var parser = EventStreamParser(limit: 1 << 20)
    var events: [EventStreamParser.Event?] = []
    for piece in pieces { events += (try? parser.feed(piece)) ?? [] }
    return events + [parser.finish()]
}
