import Glibc

/// Looks for ports that nobody listens on, for clusters that run beside others.
enum FreePorts {
    /// A base all of whose ports are free now, below the range from which the kernel takes ports for connections.
    static func base(distances: [Int]) -> Int? {
        for _ in 0..<200 {
            let base = Int.random(in: 100...310) * 100
            if distances.allSatisfy({ isFree(base + $0) }) { return base }
        }
        return nil
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = LoopbackAddress.ipv4(port: port)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

/// 127.0.0.1 as the kernel wants it.
enum LoopbackAddress {
    static func ipv4(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}
