/// One line per message, in columns, for people.
///
/// ```
/// 12:04:31.482 out jobs    gateway            → job.offer          …7F3KQ2 #1  …9M2XPA  1.2K
/// 12:04:31.486 out jobs    image-worker-2     → job.accept         …7F3KQ2 #1  …9M2XPA  402B        3.1ms
/// ```
/// Time, direction, the observer's link, the sender, the kind, the job's or the message's id with the try, the root
/// of it all, the size (with `+` for attachments), and for a reply the time since its request. Ids lose their
/// beginnings and long instances their middles; both can be asked for by what is shown, and `-o json` has them whole.
struct LineFormat: Sendable {
    let ink: Ink
    let timeOfDay: @Sendable (Int64) -> String

    /// - Parameters:
    ///   - ink: whether to colour.
    ///   - timeOfDay: how to write microseconds of the wall clock.
    init(ink: Ink, timeOfDay: @escaping @Sendable (Int64) -> String = TimeOfDay.local) {
        self.ink = ink
        self.timeOfDay = timeOfDay
    }

    func line(_ sighting: Sighting, latency: Duration?) -> String {
        let header = sighting.header
        let columns = [
            ink.paint(timeOfDay(sighting.seenAt), .faint),
            ink.paint(CleanText.padded(sighting.direction.rawValue, 3), sighting.direction == .in ? .notice : .faint),
            ink.paint(CleanText.padded(CleanText.of(sighting.link), 7), .faint),
            CleanText.padded(sender(header), Self.senderWidth),
            ink.paint("→", .faint),
            ink.paint(CleanText.padded(CleanText.of(header.kind), 18), Ink.tone(of: sighting)),
            CleanText.padded(subject(header), 11),
            ink.paint(CleanText.padded(header.correlation.map(CleanText.shortID) ?? "", 7), .faint),
            size(sighting),
            latency.map { time($0) } ?? "",
        ]
        var line = columns.joined(separator: " ")
        while line.last == " " { line.removeLast() }
        return line
    }

    /// The redacted payload below its line.
    func payloadLine(_ payload: [UInt8]) -> String {
        ink.paint("             " + CleanText.of(String(decoding: payload, as: UTF8.self)), .faint)
    }

    // MARK: Columns

    static let senderWidth = 18

    /// `image-worker/w2`; one of the two where it says all that the other does.
    func sender(_ header: Sighting.Header) -> String {
        let (service, instance) = (CleanText.of(header.service), CleanText.of(header.instance))
        if instance.isEmpty { return service }
        let name = instance.hasPrefix(service) ? instance : "\(service)/\(instance)"
        guard name.count > Self.senderWidth else { return name }
        return name.prefix(Self.senderWidth - 5) + "…" + name.suffix(4)
    }

    func subject(_ header: Sighting.Header) -> String {
        guard let job = header.job else { return CleanText.shortID(header.id) }
        return CleanText.shortID(job) + (header.attempt.map { " #\($0)" } ?? "")
    }

    private func size(_ sighting: Sighting) -> String {
        let own = CleanText.leftPadded(Quantity.text(bytes: sighting.headerBytes + sighting.payloadBytes), 5)
        let attached = sighting.attachmentCount > 0 ? "+" + Quantity.text(bytes: sighting.attachmentBytes) : ""
        return own + ink.paint(CleanText.padded(attached, 6), .notice)
    }

    private func time(_ latency: Duration) -> String {
        ink.paint(CleanText.leftPadded(Quantity.text(latency), 6), latency >= .seconds(1) ? .notice : .plain)
    }
}
