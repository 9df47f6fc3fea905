/// A line of the user's own making: `{time} {kind} {job}`.
///
/// Names in braces stand for parts of the message; `\t`, `\n` and `\\` for a tab, a line end and a backslash; `{{` for
/// a brace. What a message doesn't have is empty.
struct Template: Sendable, Equatable {
    enum Part: String, Sendable, CaseIterable {
        case time, at, seen, direction, link, topic, observer, service, instance, source, id, kind, job, attempt
        case correlation, causation, reply, size, header, payload, attachments, latency
    }

    private enum Piece: Sendable, Equatable {
        case text(String)
        case part(Part)
    }

    private var pieces: [Piece] = []

    /// What `-o format` writes when no format is given.
    static let standard = Template(pieces: [.part(.time), .text("\t"), .part(.source), .text("\t"), .part(.kind)])

    private init(pieces: [Piece]) { self.pieces = pieces }

    /// Errors: a name that is none, a brace that stays open; the sentence says what to write.
    init(_ text: String) throws(UsageError) {
        var rest = text[...]
        var plain = ""
        while let character = rest.popFirst() {
            if character == "\\", let escaped = rest.popFirst() {
                plain.append(["t": "\t", "n": "\n"][escaped] ?? escaped)
            } else if character == "{", rest.first == "{" {
                rest.removeFirst()
                plain.append("{")
            } else if character == "{" {
                guard let end = rest.firstIndex(of: "}") else { throw UsageError("the format's '{' has no '}'") }
                let name = String(rest[..<end])
                rest = rest[rest.index(after: end)...]
                guard let part = Part(rawValue: name) else {
                    let known = Part.allCases.map(\.rawValue).joined(separator: ", ")
                    throw UsageError("'{\(name)}' is no part of a format: it is one of \(known)")
                }
                if !plain.isEmpty { pieces.append(.text(plain)) }
                plain = ""
                pieces.append(.part(part))
            } else {
                plain.append(character)
            }
        }
        if !plain.isEmpty { pieces.append(.text(plain)) }
        if pieces.isEmpty { throw UsageError("an empty format shows nothing") }
    }

    func line(
        _ sighting: Sighting,
        latency: Duration?,
        timeOfDay: (Int64) -> String = TimeOfDay.local
    ) -> String {
        pieces.reduce(into: "") { line, piece in
            switch piece {
            case .text(let text): line += text
            case .part(.time): line += timeOfDay(sighting.seenAt)
            case .part(let part): line += CleanText.of(Self.value(part, sighting, latency))
            }
        }
    }

    private static func value(_ part: Part, _ sighting: Sighting, _ latency: Duration?) -> String {
        let header = sighting.header
        return switch part {
        case .time, .seen: "\(sighting.seenAt)"
        case .at: "\(header.sentAt)"
        case .direction: sighting.direction.rawValue
        case .link: sighting.link
        case .topic: sighting.topic
        case .observer: "\(sighting.observer.service)/\(sighting.observer.instance)"
        case .service: header.service
        case .instance: header.instance
        case .source: "\(header.service)/\(header.instance)"
        case .id: header.id
        case .kind: header.kind
        case .job: header.job ?? ""
        case .attempt: header.attempt.map { "\($0)" } ?? ""
        case .correlation: header.correlation ?? ""
        case .causation: header.causation ?? ""
        case .reply: header.replyTo ?? ""
        case .size: "\(sighting.totalBytes)"
        case .header: String(decoding: sighting.headerJSON, as: UTF8.self)
        case .payload: String(decoding: sighting.payload ?? [], as: UTF8.self)
        case .attachments: "\(sighting.attachmentBytes)"
        case .latency: latency.map { "\(Filter.microseconds($0))" } ?? ""
        }
    }
}
