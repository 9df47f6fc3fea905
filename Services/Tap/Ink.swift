/// How terminals colour text; plain when the output is no terminal or nobody wants colours.
struct Ink: Sendable, Equatable {
    /// What a stretch of text is, not how it looks.
    enum Tone: Sendable, CaseIterable {
        case plain, faint, service, job, health, connector, audit, tap, alarm, notice

        fileprivate var code: String? {
            switch self {
            case .plain: nil
            case .faint, .service: "2"
            case .job: "36"
            case .health: "32"
            case .connector: "34"
            case .audit: "35"
            case .tap: "90"
            case .alarm: "1;31"
            case .notice: "33"
            }
        }
    }

    /// Whether escape sequences are written.
    let isColoured: Bool

    /// The text in its tone.
    func paint(_ text: String, _ tone: Tone) -> String {
        guard isColoured, let code = tone.code, !text.isEmpty else { return text }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }

    /// The tone of a kind: its domain's, or an alarm.
    static func tone(of sighting: Sighting) -> Tone {
        if sighting.isError { return .alarm }
        return switch sighting.header.kind.prefix(while: { $0 != "." }) {
        case "service": .service
        case "job": .job
        case "health": .health
        case "connector": .connector
        case "audit": .audit
        case "tap": .tap
        default: .plain
        }
    }
}
