/// What each connector has used this month, and what calls in flight may still use.
///
/// A capped connector's call reserves what it can use at most before it is sent, and gives the rest back when its
/// tokens are known; so a cap holds however many calls run at once. Reservations are covered on the disk before a call
/// leaves: after a crash what was covered counts as used, since nobody knows what the provider took for it. Months are
/// UTC's; a call counts for the month in which it began. Pure: neither clock nor store.
struct CapLedger {
    /// One connector's month.
    struct Account: Sendable, Equatable {
        /// Tokens per month; nil for no limit.
        var cap: Int64?
        /// As 202611.
        var month: Int
        /// Tokens that calls of this month used.
        var used: Int64 = 0
        /// What calls in flight may use at most.
        var reserved: Int64 = 0
        /// What was used and is not on the disk yet.
        var unwritten: Int64 = 0
        /// What a crash would count as used, on the disk: never less than what it would forget.
        var covered: Int64 = 0

        fileprivate var exposed: Int64 { reserved + unwritten }
        /// What the cap allows beyond what is on the disk.
        fileprivate var most: Int64 { max(exposed, (cap ?? 0) - used + unwritten) }
    }

    /// A call's right to use so many tokens.
    struct Reservation: Sendable, Equatable {
        let connector: String
        let month: Int
        let tokens: Int64
    }

    enum Decision: Equatable {
        /// No cap, no reservation.
        case unlimited
        case granted(Reservation)
        /// Granted, but the call may not leave before so many tokens are covered on the disk.
        case uncovered(Reservation, cover: Int64)
        /// The cap leaves less than that.
        case refused
    }

    private(set) var accounts: [String: Account] = [:]

    /// The greatest cap that there is: JSON numbers are exact so far, and sums of tokens stay far below their bounds.
    static let mostCap: Int64 = 1 << 53

    /// A cover is this much wider than what it is asked for, so that not every call writes one.
    private static let slack: Int64 = 16_384

    /// Takes an account as the store has it.
    mutating func open(_ connector: String, _ account: Account) { accounts[connector] = account }

    mutating func close(_ connector: String) { accounts[connector] = nil }

    /// Calls in flight keep what they have.
    mutating func setCap(_ cap: Int64?, of connector: String, month: Int) {
        turn(connector, to: month)
        accounts[connector, default: Account(month: month)].cap = cap
    }

    func isCapped(_ connector: String) -> Bool { accounts[connector]?.cap != nil }

    /// What the cap leaves; nil without one.
    func left(_ connector: String, month: Int) -> Int64? {
        guard let account = accounts[connector], let cap = account.cap else { return nil }
        guard account.month >= month else { return cap }
        return max(0, cap - account.used - account.reserved)
    }

    /// Tokens used in that month.
    func used(_ connector: String, month: Int) -> Int64 {
        guard let account = accounts[connector], account.month == month else { return 0 }
        return account.used
    }

    mutating func reserve(_ tokens: Int64, of connector: String, month: Int) -> Decision {
        turn(connector, to: month)
        guard let left = left(connector, month: month) else { return .unlimited }
        guard tokens <= left else { return .refused }
        accounts[connector]?.reserved += tokens
        // A clock that was set back doesn't begin an old month again.
        let month = accounts[connector]?.month ?? month
        let reservation = Reservation(connector: connector, month: month, tokens: tokens)
        guard let account = accounts[connector], account.exposed > account.covered else { return .granted(reservation) }
        return .uncovered(reservation, cover: min(account.exposed + Self.slack, account.most))
    }

    /// So much is on the disk for that call and those beside it.
    mutating func covered(_ cover: Int64, for reservation: Reservation) {
        guard let account = accounts[reservation.connector], account.month == reservation.month else { return }
        accounts[reservation.connector]?.covered = max(account.covered, cover)
    }

    /// Ends a reservation; what was used is counted apart.
    mutating func release(_ reservation: Reservation) {
        guard accounts[reservation.connector]?.month == reservation.month else { return }
        accounts[reservation.connector]?.reserved -= reservation.tokens
    }

    /// Counts tokens of a call that began in that month.
    mutating func use(_ tokens: Int64, of connector: String, month: Int) {
        turn(connector, to: month)
        guard accounts[connector]?.month == month else { return }
        accounts[connector]?.used += tokens
        accounts[connector]?.unwritten += tokens
    }

    /// So much of what was used is on the disk now.
    mutating func written(_ tokens: Int64, of connector: String, month: Int) {
        guard accounts[connector]?.month == month else { return }
        accounts[connector]?.unwritten -= tokens
    }

    /// Whether a month's cover may go in the transaction that writes so many tokens, because nothing else is exposed:
    /// it is taken off here.
    mutating func takeCover(of connector: String, month: Int, writing tokens: Int64) -> Bool {
        guard let account = accounts[connector], account.month == month else { return true }
        guard account.exposed <= tokens, account.covered > 0 else { return false }
        accounts[connector]?.covered = 0
        return true
    }

    /// A new month begins with nothing used; what is still in flight counts for the old one.
    private mutating func turn(_ connector: String, to month: Int) {
        let account = accounts[connector] ?? Account(month: month)
        guard account.month < month || accounts[connector] == nil else { return }
        accounts[connector] = Account(cap: account.cap, month: month)
    }
}
