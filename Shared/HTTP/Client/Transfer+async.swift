extension Transfer {
    /// Waits for the response's head. Cancelling the waiting task cancels the call.
    public func head() async throws(HTTPError) -> ResponseHead {
        try await wait { $0.responseHead != nil }
        guard let responseHead else { throw failure ?? HTTPError(.malformed, "The response has no head.") }
        return responseHead
    }

    /// Waits for the whole body. Past `limit` bytes the call is cancelled and `too_large` thrown.
    public func body(limit: Int) async throws(HTTPError) -> [UInt8] {
        heldMark = .max
        flowAgain()
        try await wait { $0.held.count > limit }
        if held.count > limit {
            held = []
            let error = HTTPError(.tooLarge, "The response is larger than \(limit) bytes.")
            finish(error)
            throw error
        }
        if let failure { throw failure }
        return takeHeld()
    }

    /// Waits for the next bytes of the body, or nil at its end.
    public func chunk() async throws(HTTPError) -> [UInt8]? {
        try await wait { !$0.held.isEmpty }
        if !held.isEmpty {
            let bytes = takeHeld()
            flowAgain()
            return bytes
        }
        if let failure { throw failure }
        return nil
    }

    /// Waits for the end; for users of `onBytes`.
    public func end() async throws(HTTPError) {
        try await wait { $0.isOver }
        if let failure { throw failure }
    }

    private func takeHeld() -> [UInt8] {
        let bytes = held
        held = []
        return bytes
    }

    /// Waits until the condition holds or the call is finished.
    private func wait(_ condition: (Transfer) -> Bool) async throws(HTTPError) {
        while !condition(self), !isFinished {
            if Task.isCancelled {
                cancel()
                throw HTTPError(.cancelled, "The task was cancelled.")
            }
            await waiters.wait()
        }
    }
}
