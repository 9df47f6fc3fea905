import Foundation
import Support

/// A wall clock that a test sets, for one service of a ``Rig``; the monotonic clock stays the machine's.
///
/// libfaketime, preloaded, reads the offset from a file at every look at the clock.
struct BentClock {
    /// Debian's package `faketime` has it; nil where it isn't installed.
    static let library: String? = {
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib")) ?? []
        return folders.map { "/usr/lib/\($0)/faketime/libfaketimeMT.so.1" }
            .first { FileManager.default.fileExists(atPath: $0) }
    }()

    private let file: String

    /// Gives a service that isn't started yet such a clock.
    init(_ service: RigService, of rig: Rig, hours: Int = 0) throws {
        guard let library = Self.library else { throw NeverHappened(description: "libfaketime isn't installed") }
        file = rig.folder.file("clock-\(service.name.replacingOccurrences(of: "/", with: "-"))")
        service.environment["LD_PRELOAD"] = library
        service.environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1"
        service.environment["FAKETIME_NO_CACHE"] = "1"
        service.environment["FAKETIME_TIMESTAMP_FILE"] = file
        try set(hours: hours)
    }

    /// The clock jumps to that many hours beside the machine's.
    func set(hours: Int) throws {
        let text = "\(hours < 0 ? "-" : "+")\(abs(hours) * 3_600)s\n"
        try text.write(toFile: file, atomically: true, encoding: .utf8)
    }
}
