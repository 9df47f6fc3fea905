import Providers

/// What becomes of a provider's stream on its way to the caller.
protocol StreamCourse {
    /// The last usage that the provider told.
    var usage: Usage? { get }
    /// The provider's error in the middle; nothing is written after it.
    var failure: ProviderError? { get }
    /// The provider has said that the answer is complete.
    var isComplete: Bool { get }
    /// Takes the provider's next bytes and writes what the caller gets for them.
    mutating func feed(_ bytes: UnsafeRawBufferPointer, to write: (UnsafeRawBufferPointer) -> Void)
    /// The provider's connection has ended; answers why that is a failure, or nil.
    mutating func end(to write: (UnsafeRawBufferPointer) -> Void) -> ProviderError?
}

/// A stream in the caller's own dialect: its bytes are the provider's.
struct PassingStream: StreamCourse {
    private var watch: any PassingWatch
    /// Written at a complete end when the provider left it out.
    private let ending: String

    init(_ watch: any PassingWatch, ending: String) {
        self.watch = watch
        self.ending = ending
    }

    var usage: Usage? { watch.usage }
    var failure: ProviderError? { watch.failure }
    var isComplete: Bool { watch.sawDone }

    mutating func feed(_ bytes: UnsafeRawBufferPointer, to write: (UnsafeRawBufferPointer) -> Void) {
        watch.feed(bytes, pass: write)
    }

    mutating func end(to write: (UnsafeRawBufferPointer) -> Void) -> ProviderError? {
        switch watch.end(pass: write) {
        case .complete:
            if !watch.sawDone { Array(ending.utf8).withUnsafeBytes(write) }
            return nil
        case .failed(let error):
            return error
        }
    }
}

/// A stream in another dialect than the caller's: read event by event and written anew.
struct TranslatedStream: StreamCourse {
    private(set) var failure: ProviderError?
    private(set) var isComplete = false
    private var reader: any ChatStreamReader
    private var output: Output

    init(_ reader: any ChatStreamReader, _ writer: any ChatStreamWriter) {
        self.reader = reader
        output = Output(writer: writer)
    }

    var usage: Usage? { output.usage }

    mutating func feed(_ chunk: UnsafeRawBufferPointer, to write: (UnsafeRawBufferPointer) -> Void) {
        guard failure == nil else { return }
        failure = Self.feed(chunk, &reader, &output)
        output.flush(write)
    }

    mutating func end(to write: (UnsafeRawBufferPointer) -> Void) -> ProviderError? {
        if failure == nil { failure = Self.end(&reader, &output) }
        if failure == nil {
            isComplete = true
            output.finish()
        }
        output.flush(write)
        return failure
    }

    private static func feed(
        _ chunk: UnsafeRawBufferPointer,
        _ reader: inout any ChatStreamReader,
        _ output: inout Output
    ) -> ProviderError? {
        do throws(ProviderError) {
            try reader.feed(chunk) { output.take($0) }
            return nil
        } catch {
            return error
        }
    }

    private static func end(_ reader: inout any ChatStreamReader, _ output: inout Output) -> ProviderError? {
        do throws(ProviderError) {
            try reader.end { output.take($0) }
            return nil
        } catch {
            return error
        }
    }

    /// The caller's side, apart from the reader so that both change at the same time.
    private struct Output {
        private(set) var usage: Usage?
        private var writer: any ChatStreamWriter
        private var bytes: [UInt8] = []

        init(writer: any ChatStreamWriter) {
            self.writer = writer
        }

        mutating func take(_ event: ChatEvent) {
            if case .usage(let told) = event { usage = told }
            writer.write(event, to: &bytes)
        }

        mutating func finish() { writer.finish(to: &bytes) }

        mutating func flush(_ write: (UnsafeRawBufferPointer) -> Void) {
            guard !bytes.isEmpty else { return }
            bytes.withUnsafeBytes(write)
            bytes.removeAll(keepingCapacity: true)
        }
    }
}
