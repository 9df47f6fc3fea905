/// A recording on its way through a view.
struct Showing {
    private var view: View
    private var reel = Reel()
    private let options: FollowOptions
    private var firstSeenAt: Int64?
    private var lastSeenAt: Int64 = 0

    init(_ options: FollowOptions, _ format: LineFormat) {
        self.options = options
        view = View(options, format)
    }

    /// Shows all there is, and gives the exit code.
    ///
    /// - Parameter read: the file's next piece; empty at its end, nil when it can't be read.
    mutating func run(_ sink: any Sink, _ read: () -> [UInt8]?) -> Int32 {
        while !view.isComplete {
            guard let bytes = read() else {
                sink.note("tap: the recording can't be read on")
                return Exit.noInput
            }
            reel.append(bytes)
            while !view.isComplete, let sighting = bytes.isEmpty ? reel.last() : reel.next() {
                guard show(sighting, sink) else { return Exit.done }
            }
            if bytes.isEmpty { break }
        }
        return finish(sink)
    }

    private mutating func show(_ sighting: Sighting, _ sink: any Sink) -> Bool {
        if firstSeenAt == nil { firstSeenAt = sighting.seenAt }
        lastSeenAt = max(lastSeenAt, sighting.seenAt)
        guard let bytes = view.take(sighting) else { return true }
        return sink.write(bytes)
    }

    private mutating func finish(_ sink: any Sink) -> Int32 {
        let span = Duration.microseconds(max(1, lastSeenAt - (firstSeenAt ?? lastSeenAt)))
        for bytes in [view.tick(span), view.finish()] {
            if let bytes { _ = sink.write(bytes) }
        }
        if !options.isQuiet { sink.note(view.summary) }
        if reel.damages > 0 { sink.note("tap: \(reel.damages) parts of the recording could not be read") }
        if options.expects, !view.isComplete { return Exit.unmet }
        return reel.damages > 0 ? Exit.damaged : Exit.done
    }
}
