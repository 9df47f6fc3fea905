import Bus
import Glibc
import Service

/// `tap replay FILE` as a process.
enum ReplayProgram {
    static func run(_ options: ReplayOptions) -> Never {
        let records = records(options.path)
        TapProcess.run { (parts) throws(BusError) in
            let hub = options.hub ?? parts.settings.tapIn
            let replay = try Replay(options, records, hub: hub, keys: parts.keys, sink: StandardSink())
            replay.onEnd = { _exit($0) }
            try replay.start()
            return { replay.interrupt() }
        }
    }

    /// All of a recording; one that is damaged is replayed without what is.
    private static func records(_ path: String) -> [Sighting] {
        guard let file = RecordingFile(path) else {
            TapProcess.fail("\(path) can't be read: \(String(cString: strerror(errno)))", Exit.noInput)
        }
        var reel = Reel()
        var records: [Sighting] = []
        while let bytes = file.read() {
            reel.append(bytes)
            while let record = bytes.isEmpty ? reel.last() : reel.next() { records.append(record) }
            if bytes.isEmpty { break }
        }
        if reel.damages > 0 { StandardSink().note("tap: \(reel.damages) parts of the recording could not be read") }
        return records
    }
}
