import Foundation
import Support
import Testing

/// A tmpfs of a test's own: a disk that is soon full. Needs root; gone when the test lets go of it.
final class SmallDisk {
    static let isPossible = geteuid() == 0
    static let why: Comment = "mounting a tmpfs needs root"

    private let folder = Folder()
    let path: String

    init(megabytes: Int) throws {
        path = folder.file("disk")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Self.run("mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m,mode=700", "tmpfs", path])
    }

    /// Takes all the room that there is.
    func fill() throws {
        let file = open(path + "/filler", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw NeverHappened(description: "no filler: errno \(errno)") }
        defer { close(file) }
        for size in [1 << 20, 4_096] {
            let bytes = [UInt8](repeating: 1, count: size)
            while write(file, bytes, size) == size {}
        }
    }

    /// Makes the disk larger, as an operator would.
    func resize(megabytes: Int) throws {
        try Self.run("mount", ["-o", "remount,size=\(megabytes)m", path])
    }

    private static func run(_ program: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/\(program)")
        process.arguments = arguments
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw NeverHappened(description: "\(program) \(arguments) ended with \(process.terminationStatus)")
        }
    }

    /// Lazily: a service that still runs keeps what it has open.
    deinit { try? Self.run("umount", ["-l", path]) }
}
