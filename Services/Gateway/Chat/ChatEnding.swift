/// How a call ended: once, whatever happens at the same time.
///
/// The provider's end, the client's leaving and an error of ours may come in any order and together; the first one
/// counts and is written to the call log, the others find the call ended.
struct ChatEnding {
    private(set) var outcome: CallRow.Outcome?

    /// Whether this end is the first, and so the one that counts.
    mutating func end(_ outcome: CallRow.Outcome) -> Bool {
        guard self.outcome == nil else { return false }
        self.outcome = outcome
        return true
    }
}
