import Glibc

/// A recording on disk, or standard input, read piece by piece.
struct RecordingFile {
    private let descriptor: CInt

    /// `-` is standard input. nil when the file can't be opened, with the reason in `errno`.
    init?(_ path: String) {
        descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
    }

    /// The next piece, 256 KiB at most; empty at the end, nil when it can't be read on.
    func read() -> [UInt8]? {
        while true {
            var buffer = [UInt8](repeating: 0, count: 1 << 18)
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count >= 0 { return Array(buffer.prefix(count)) }
            if errno != EINTR { return nil }
        }
    }
}
