extension StreamWatch {
    /// Takes the next bytes of the body and passes on, within the call, those that the caller may see.
    ///
    /// `pass` gets whole events, usually all of `chunk` at once. Bytes that don't end an event yet are kept.
    public mutating func feed(_ chunk: UnsafeRawBufferPointer, pass: (UnsafeRawBufferPointer) -> Void) {
        guard failure == nil, !chunk.isEmpty else { return }
        var start = 0
        var passFrom = 0
        while failure == nil, let end = nextEventEnd(in: chunk, from: start) {
            let event = UnsafeRawBufferPointer(rebasing: chunk[start..<end])
            if held.isEmpty {
                if !marks.isEmpty, !admits(event) {
                    if passFrom < start { pass(UnsafeRawBufferPointer(rebasing: chunk[passFrom..<start])) }
                    passFrom = end
                } else {
                    events += 1
                }
            } else {
                held.append(contentsOf: event)
                passHeld(pass)
                passFrom = end
            }
            marks = []
            start = end
        }
        if passFrom < start { pass(UnsafeRawBufferPointer(rebasing: chunk[passFrom..<start])) }
        if failure == nil, start < chunk.count { hold(chunk[start...]) }
    }

    /// The connection has ended: passes on what can still be, and says what the stream came to.
    ///
    /// An event without its blank line counts when it is whole otherwise; half of one is dropped.
    public mutating func end(pass: (UnsafeRawBufferPointer) -> Void = { _ in }) -> StreamEnding {
        if failure == nil, !held.isEmpty {
            if isWhole(held) {
                held.append(contentsOf: [0x0A, 0x0A])
                marks.insert(.unsure)
                passHeld(pass)
            }
            held = []
        }
        if let failure { return .failed(failure) }
        if endedWithDone || finishReason != nil { return .complete }
        return .failed(.cutStream)
    }

    private mutating func passHeld(_ pass: (UnsafeRawBufferPointer) -> Void) {
        let event = held
        held.removeAll(keepingCapacity: event.count < 65_536)
        event.withUnsafeBytes { bytes in
            guard marks.isEmpty || admits(bytes) else { return }
            events += 1
            pass(bytes)
        }
    }

    private mutating func hold(_ rest: Slice<UnsafeRawBufferPointer>) {
        guard held.count + rest.count <= Self.longestEvent else {
            failure = ProviderError(.malformedResponse, "The provider sent an event that is too long.")
            held = []
            return
        }
        held.append(contentsOf: rest)
    }

    /// The index behind the blank line that ends the event which goes on at `from`; nil when the chunk ends first.
    /// Collects the event's marks on the way.
    private mutating func nextEventEnd(in chunk: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = chunk.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
        let count = chunk.count
        var index = start
        if lines.endsWithReturn {
            lines.endsWithReturn = false
            if base[index] == 0x0A { index += 1 }
        }
        var lineStart = index
        while index < count {
            let byte = base[index]
            if byte > 0x22 {
                index += 1
                continue
            }
            if byte == 0x22 {
                if index + 8 <= count {
                    let second = base[index + 1]
                    if second == 0x75 || second == 0x65 || second == 0x66 { markMember(base, index, count) }
                } else {
                    marks.insert(.unsure)
                }
            } else if byte == 0x0A || byte == 0x0D {
                let isBlank = index == lineStart && !lines.isBegun
                if !isBlank { markLine(base, lineStart, index) }
                index += 1
                if byte == 0x0D {
                    if index == count {
                        lines.endsWithReturn = true
                    } else if base[index] == 0x0A {
                        index += 1
                    }
                }
                lines.isBegun = false
                if isBlank { return index }
                lineStart = index
                continue
            }
            index += 1
        }
        if lineStart < count { lines.isBegun = true }
        return nil
    }

    /// `"usage"`, `"error"` and `"finish_reason"` with a value that isn't null. In a string every quote has a
    /// backslash before it, so the words can't appear there in this form.
    @inline(__always)
    private mutating func markMember(_ base: UnsafePointer<UInt8>, _ index: Int, _ count: Int) {
        let word = UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self).littleEndian
        var value: Int
        switch word & 0x00FF_FFFF_FFFF_FFFF {
        case 0x22_6567_6173_7522, 0x22_726F_7272_6522: value = index + 7
        case 0x68_7369_6E69_6622: value = index + 15
        default: return
        }
        while value < count, base[value] == 0x3A || base[value] == 0x20 { value += 1 }
        if value >= count || base[value] != 0x6E { marks.insert(value < count ? .member : .unsure) }
    }

    private mutating func markLine(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) {
        if lines.isBegun {
            marks.insert(.unsure)
            return
        }
        switch base[start] {
        case 0x7B, 0x5B: marks.insert(.error)
        case 0x65: marks.insert(.unsure)
        case 0x64 where end - start <= 16: marks.insert(.unsure)
        default: break
        }
    }
}
