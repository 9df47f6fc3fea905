import CVips
import Synchronization

/// The library behind ``Picture``, started once per process.
public enum Pictures {
    /// What is let in beyond PNG, JPEG and WebP.
    public enum Extra: Sendable {
        /// ``Picture/draw(svg:as:quality:)`` for text of our own making. SVG from outside is refused even then.
        case svg
    }

    private struct State {
        var running = false
        var extras: Set<Extra> = []
    }

    private static let state = Mutex(State())

    /// Starts libvips: 100 ms and 30 MB, so only processes that need it do. Calling again with the same or fewer
    /// extras does nothing, with more adds them: pictures from outside never reach an extra's loader. Any thread.
    public static func start(allowing extras: Set<Extra> = []) throws(PictureError) {
        let code: PictureError.Code? = state.withLock { state in
            if state.running {
                if extras.subtracting(state.extras).contains(.svg) { martlet_vips_allow_svg() }
                state.extras.formUnion(extras)
                return nil
            }
            guard martlet_vips_start(extras.contains(.svg) ? 1 : 0) == 0 else { return .notStarted }
            state = State(running: true, extras: extras)
            return nil
        }
        if let code { throw PictureError(code, "libvips did not start as asked.", detail: takeError()) }
    }

    static func require(_ extra: Extra? = nil) throws(PictureError) {
        let ready = state.withLock { state in
            state.running && (extra.map { state.extras.contains($0) } ?? true)
        }
        guard ready else { throw PictureError(.notStarted, "Pictures.start was not called for this.") }
    }

    /// What libvips last complained about. Its buffer belongs to the process: with two threads inside libvips at once
    /// the texts mix, the codes never do.
    static func takeError() -> String {
        let text = [UInt8](unsafeUninitializedCapacity: 512) { buffer, count in
            buffer.withMemoryRebound(to: CChar.self) { martlet_vips_take_error($0.baseAddress, $0.count) }
            count = buffer.firstIndex(of: 0) ?? 0
        }
        return String(decoding: text, as: UTF8.self)
    }
}
