extension Kind {
    /// Who I am and what I hold.
    public static let serviceHello = Kind(rawValue: "service.hello")
    /// You are known; these are the session's numbers.
    public static let serviceWelcome = Kind(rawValue: "service.welcome")
    /// I don't know you, say hello again.
    public static let serviceWho = Kind(rawValue: "service.who")
    /// I work.
    public static let serviceHeartbeat = Kind(rawValue: "service.heartbeat")
    /// I take nothing new.
    public static let serviceDrain = Kind(rawValue: "service.drain")
    /// I leave, or: leave.
    public static let serviceBye = Kind(rawValue: "service.bye")
    /// Your message was refused; never in answer to one.
    public static let serviceError = Kind(rawValue: "service.error")
    /// How many offers of this session I can take.
    public static let jobCredit = Kind(rawValue: "job.credit")
    /// An image to make.
    public static let jobOffer = Kind(rawValue: "job.offer")
    /// I make it.
    public static let jobAccept = Kind(rawValue: "job.accept")
    /// I don't; not an attempt.
    public static let jobReject = Kind(rawValue: "job.reject")
    /// I still work on it.
    public static let jobRenew = Kind(rawValue: "job.renew")
    /// How long it is yours.
    public static let jobLease = Kind(rawValue: "job.lease")
    /// Progress.
    public static let jobStep = Kind(rawValue: "job.step")
    /// What would cost money to forget.
    public static let jobCheckpoint = Kind(rawValue: "job.checkpoint")
    /// It is committed.
    public static let jobCheckpointed = Kind(rawValue: "job.checkpointed")
    /// Stop.
    public static let jobCancel = Kind(rawValue: "job.cancel")
    /// Stopped, or not.
    public static let jobCancelled = Kind(rawValue: "job.cancelled")
    /// The pictures.
    public static let jobDone = Kind(rawValue: "job.done")
    /// No picture, and why.
    public static let jobFailed = Kind(rawValue: "job.failed")
    /// The end is committed; forget it.
    public static let jobSettled = Kind(rawValue: "job.settled")
    /// Handed back on drain; not an attempt.
    public static let jobRelease = Kind(rawValue: "job.release")
    /// All connectors, without secrets.
    public static let connectorSnapshot = Kind(rawValue: "connector.snapshot")
    /// Some connectors are new, other or gone.
    public static let connectorChanged = Kind(rawValue: "connector.changed")
    /// I need a credential for one check.
    public static let healthRequest = Kind(rawValue: "health.request")
    /// The sealed credential.
    public static let healthCredential = Kind(rawValue: "health.credential")
    /// Check this one now.
    public static let healthPing = Kind(rawValue: "health.ping")
    /// A check's result.
    public static let healthStatus = Kind(rawValue: "health.status")
    /// The result is committed.
    public static let healthNoted = Kind(rawValue: "health.noted")
    /// What live traffic showed.
    public static let healthSignal = Kind(rawValue: "health.signal")
    /// Events in sequence.
    public static let auditAppend = Kind(rawValue: "audit.append")
    /// Committed up to here.
    public static let auditAppended = Kind(rawValue: "audit.appended")
    /// A page of the trail, the call log or the usage, please.
    public static let auditQuery = Kind(rawValue: "audit.query")
    /// The page.
    public static let auditPage = Kind(rawValue: "audit.page")
    /// Events were lost; that is recorded as an event.
    public static let auditGap = Kind(rawValue: "audit.gap")
    /// What the chain was, signed; keep it.
    public static let auditCheckpoint = Kind(rawValue: "audit.checkpoint")
    /// A message as the tap may see it.
    public static let tapRecord = Kind(rawValue: "tap.record")

    /// Every kind that this build knows, in the order of the design's table.
    public static let known: [Kind] = KindTable.rows.map(\.kind)
}

/// Who may send each kind to whom, and the way from a header's bytes to a kind.
enum KindTable {
    struct Rule: Sendable {
        let kind: Kind
        let senders: RoleSet
        let receivers: RoleSet

        init(_ kind: Kind, from senders: RoleSet, to receivers: RoleSet) {
            self.kind = kind
            self.senders = senders
            self.receivers = receivers
        }
    }

    static let rows: [Rule] = [
        Rule(.serviceHello, from: .every, to: [.gateway, .auditService]),
        Rule(.serviceWelcome, from: [.gateway, .auditService], to: .every),
        Rule(.serviceWho, from: [.gateway, .auditService], to: .every),
        Rule(.serviceHeartbeat, from: .every, to: .every),
        Rule(.serviceDrain, from: .every, to: .every),
        Rule(.serviceBye, from: .every, to: .every),
        Rule(.serviceError, from: .every, to: .every),
        Rule(.jobCredit, from: .imageWorker, to: .gateway),
        Rule(.jobOffer, from: .gateway, to: .imageWorker),
        Rule(.jobAccept, from: .imageWorker, to: .gateway),
        Rule(.jobReject, from: .imageWorker, to: .gateway),
        Rule(.jobRenew, from: .imageWorker, to: .gateway),
        Rule(.jobLease, from: .gateway, to: .imageWorker),
        Rule(.jobStep, from: .imageWorker, to: .gateway),
        Rule(.jobCheckpoint, from: .imageWorker, to: .gateway),
        Rule(.jobCheckpointed, from: .gateway, to: .imageWorker),
        Rule(.jobCancel, from: .gateway, to: .imageWorker),
        Rule(.jobCancelled, from: .imageWorker, to: .gateway),
        Rule(.jobDone, from: .imageWorker, to: .gateway),
        Rule(.jobFailed, from: .imageWorker, to: .gateway),
        Rule(.jobSettled, from: .gateway, to: .imageWorker),
        Rule(.jobRelease, from: .imageWorker, to: .gateway),
        Rule(.connectorSnapshot, from: .gateway, to: .healthMonitor),
        Rule(.connectorChanged, from: .gateway, to: .healthMonitor),
        Rule(.healthRequest, from: .healthMonitor, to: .gateway),
        Rule(.healthCredential, from: .gateway, to: .healthMonitor),
        Rule(.healthPing, from: .gateway, to: .healthMonitor),
        Rule(.healthStatus, from: .healthMonitor, to: .gateway),
        Rule(.healthNoted, from: .gateway, to: .healthMonitor),
        Rule(.healthSignal, from: .gateway, to: .healthMonitor),
        Rule(.auditAppend, from: .every, to: .auditService),
        Rule(.auditAppended, from: .auditService, to: .every),
        Rule(.auditQuery, from: [.gateway, .operator], to: .auditService),
        Rule(.auditPage, from: .auditService, to: [.gateway, .operator]),
        Rule(.auditGap, from: .every, to: .auditService),
        Rule(.auditCheckpoint, from: .auditService, to: .every),
        Rule(.tapRecord, from: .every, to: [.tap, .operator]),
    ]

    static let rules = Dictionary(uniqueKeysWithValues: rows.map { ($0.kind, $0) })

    /// Known kinds by the length of their names, so that a header's kind is found without making a string.
    private static let byLength: [[Kind]] = (0...WireLimits.kind).map { length in
        rows.map(\.kind).filter { $0.rawValue.utf8.count == length }
    }

    /// The known kind of that name.
    static func kind(named name: UnsafeBufferPointer<UInt8>) -> Kind? {
        guard name.count <= WireLimits.kind else { return nil }
        for kind in byLength[name.count] {
            var text = kind.rawValue
            if text.withUTF8({ $0.elementsEqual(name) }) { return kind }
        }
        return nil
    }
}
