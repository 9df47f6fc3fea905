import Loop

/// One try at a call.
struct Attempt {
    let target: Plan.Target
    /// 1 for the first.
    let number: Int
    let started: Moment
    /// Whether another may follow when this one fails before the caller has had a part of its answer.
    let mayBeFollowed: Bool
}
