import Glibc

/// A file that the operator names in a setting, read whole at start.
public enum OperatorFile {
    /// The longest that is read, bytes.
    public static let limit = 4 << 20

    /// The file's bytes; a configuration error that names the setting when it can't be read.
    public static func read(_ path: String, for setting: Setting) throws(LaunchError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .configuration("\(setting.name): \(path) can't be read: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= limit {
            let count = piece.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .configuration("\(setting.name): \(path) can't be read") }
            if count == 0 { return bytes }
            bytes.append(contentsOf: piece[..<count])
        }
        throw .configuration("\(setting.name): \(path) is longer than \(limit) bytes")
    }
}
