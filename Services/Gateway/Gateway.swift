import Bus
import HTTP
import Loop
import Providers
import SQLite
import Service

/// The gateway's parts, put together: HTTP in front, providers behind, the durable queue and the store in between.
@NetLoop
final class Gateway {
    let keys = KeyRegister()
    let admission: Admission
    let sessions: SessionHandler
    let connectors: ConnectorRegister
    private let pins = Pins()
    let signpost: Signpost
    let attempts: Attempts
    let feed = JobFeed()
    let upstream: Upstream
    let callLog: CallLog
    let chat: ChatHandler
    let embeddings: EmbeddingsHandler
    let models: ModelsHandler
    let connectorHandler: ConnectorHandler
    let adminConnectors: AdminConnectorHandler
    let pinHandler: PinHandler
    let policyHandler: PolicyHandler
    let users: UserHandler
    let ledger: HealthLedger
    let paidChecks: PaidChecks
    private let tester: ConnectorTest
    private let traffic: TrafficReporter

    let settings: Settings
    let store: Store
    private var listener: Listener?
    private var report: StatusReport?

    init(settings: Settings, store: Store, notices: Notices, prices: Prices = .standard) {
        self.settings = settings
        self.store = store
        admission = Admission(keys: keys)
        sessions = SessionHandler(admission: admission, commit: store.commit, audit: store.audit)
        let connectors = ConnectorRegister(checkInterval: settings.healthInterval)
        self.connectors = connectors
        upstream = Upstream(
            registry: .standard,
            client: Client(),
            addresses: settings.upstreams,
            prices: prices,
            tellsTrace: settings.tracesUpstream
        )
        callLog = CallLog(connectors: connectors, caps: Caps(commit: store.commit), prices: prices) {
            rows,
            used,
            changes in
            // The room that is left is for images that were accepted; these rows can wait.
            guard !store.ballast.isReleased else { throw GatewayError.diskFull }
            try await store.commit.write { db in
                try store.audit.record(rows, in: db)
                try store.connectors.setUsed(used, in: db)
                try changes.write(in: db)
            }
        }
        signpost = Signpost(connectors: connectors, pins: pins, upstream: upstream)
        attempts = Attempts(connectors: connectors, upstream: upstream) { fallback, actor in
            guard !store.ballast.isReleased else { throw GatewayError.diskFull }
            try await store.commit.write(by: actor) { try store.audit.record(fallback, by: actor, in: $0) }
        }
        chat = ChatHandler(signpost: signpost, upstream: upstream, attempts: attempts, callLog: callLog)
        embeddings = EmbeddingsHandler(signpost: signpost, upstream: upstream, attempts: attempts, callLog: callLog)
        models = ModelsHandler(connectors: connectors, upstream: upstream)
        users = UserHandler(commit: store.commit, keys: keys, audit: store.audit, connectors: connectors)
        ledger = HealthLedger(
            connectors: connectors,
            commit: store.commit,
            store: store.connectors,
            audit: store.audit,
            notices: notices
        )
        paidChecks = PaidChecks(connectors: connectors, commit: store.commit) { type in
            Registry.standard[type]?.capabilities.freeHealthCall == false
        }
        tester = ConnectorTest(upstream: upstream, ledger: ledger, paidChecks: paidChecks)
        traffic = TrafficReporter(connectors: connectors)
        callLog.onRow = { [traffic] in traffic.record($0) }
        adminConnectors = AdminConnectorHandler(
            connectors: connectors,
            caps: callLog.caps,
            commit: store.commit,
            audit: store.audit
        )
        pinHandler = PinHandler(connectors: connectors, pins: pins, commit: store.commit, audit: store.audit)
        policyHandler = PolicyHandler(
            connectors: connectors,
            adapters: upstream.adapters,
            commit: store.commit,
            audit: store.audit
        )
        connectors.onRemove = { [pins] in pins.forget(connector: $0) }
        users.onUserGone = { [pins] in pins.forget(user: $0) }
        connectorHandler = ConnectorHandler(
            connectors: connectors,
            upstream: upstream,
            tester: tester,
            caps: callLog.caps,
            commit: store.commit,
            store: store.connectors,
            audit: store.audit
        )
    }

    /// Loads what the store has, opens the bus, then HTTP: who is let in finds everything there.
    func start(_ cluster: Cluster) async throws {
        let store = store
        for connector in try await store.commit.read({ try store.connectors.all(in: $0) }) { connectors.put(connector) }
        try await callLog.caps.load()
        pins.replaceAll(try await store.commit.read { try PinStore.all(in: $0) })
        let firstStart = FirstStart(settings: settings, store: store)
        try await firstStart.makeAdmin()
        for connector in firstStart.organisationConnectors(existing: Array(connectors.all.values)) {
            try await connectorHandler.add(connector, by: "operator")
        }
        keys.replaceAll(try await store.commit.read { try UserStore.callers(in: $0) })
        try await cluster.start(store)
        let health = cluster.health
        let tellMonitor: @NetLoop () -> Void = {
            Task(executorPreference: BusLoop.loop) { await health.connectorsChanged() }
        }
        connectorHandler.onChange = tellMonitor
        adminConnectors.onChange = tellMonitor
        users.onConnectorsGone = { [connectorHandler, upstream] ids in
            for id in ids { upstream.catalogues.forget(id) }
            connectorHandler.onChange()
        }
        tester.ask = { await health.check($0, of: $1) }
        traffic.send = { signals in
            Task(executorPreference: BusLoop.loop) { await health.tell(signals) }
        }
        ledger.notices.postman?.look()
        try listen(cluster)
    }

    private func listen(_ cluster: Cluster) throws {
        let pictures = PictureHandler(
            commit: store.commit,
            files: store.files,
            admission: admission,
            secret: store.urlSecret
        )
        let status = statusHandler(cluster)
        status.connectionCount = { [unowned self] in listener?.connectionCount ?? 0 }
        let door = FrontDoor(
            routes: routes(cluster, pictures, status),
            admission: admission,
            status: status,
            pictures: pictures,
            ballast: store.ballast
        )
        listener = try Listener(
            address: settings.http.description,
            errorBody: { path, status, code, message, requestID in
                let body = ErrorAnswer.ownBody(
                    status: status,
                    code: code,
                    message: message,
                    path: path,
                    requestID: requestID
                )
                return ("application/json", body)
            },
            handler: { try await door.take($0) }
        )
    }

    /// What answers for the gateway's own state, and the cluster's.
    func statusHandler(_ cluster: Cluster) -> StatusHandler {
        let report = StatusReport(
            sources: .init(brief: { await cluster.status() }, details: { await cluster.detailed($0) }),
            connectors: connectors,
            ballast: store.ballast,
            folder: settings.data
        )
        self.report = report
        return StatusHandler(report: report, connectors: connectors) { await cluster.facts() }
    }

    /// Where it serves, with the port that was taken.
    var address: String { "\(settings.http.host):\(listener?.port ?? 0)" }

    /// Finishes the exchanges under way.
    func drain(within limit: Duration) async {
        report?.isDraining = true
        feed.drain()
        await listener?.drain(within: limit)
        await callLog.flush()
    }

    func close() {
        listener?.close()
        ledger.notices.postman?.stop()
    }
}
