extension Kind {
    /// The struct behind each known kind's payload.
    static let bodies: [Kind: any Body.Type] = {
        let types: [any Body.Type] = [
            Hello.self, Welcome.self, Who.self, Heartbeat.self, Drain.self, Bye.self, ServiceError.self,
            JobCredit.self, JobOffer.self, JobAccept.self, JobReject.self, JobRenew.self, JobLease.self, JobStep.self,
            JobCheckpoint.self, JobCheckpointed.self, JobCancel.self, JobCancelled.self, JobDone.self, JobFailed.self,
            JobSettled.self, JobRelease.self,
            ConnectorSnapshot.self, ConnectorChanged.self,
            HealthRequest.self, HealthCredential.self, HealthPing.self, HealthStatus.self, HealthNoted.self,
            HealthSignal.self,
            AuditAppend.self, AuditAppended.self, AuditQuery.self, AuditPage.self, AuditGap.self,
            AuditCheckpoint.self,
            TapRecord.self,
        ]
        return Dictionary(uniqueKeysWithValues: types.map { ($0.kind, $0) })
    }()

    /// The struct behind the payload; nil for an unknown kind.
    public var body: (any Body.Type)? { Kind.bodies[self] }
}

extension Message {
    /// The payload as the struct of whatever kind it has. Errors: `.unknownKind`; otherwise what is wrong with the payload.
    public func anyBody() throws(WireError) -> any Body {
        guard let type = header.kind.body else { throw WireError(.unknownKind, "an unknown kind") }
        return try type.init(Message.tree(payload, kind: header.kind))
    }
}
