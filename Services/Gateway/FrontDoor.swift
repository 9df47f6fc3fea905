import HTTP
import Loop
import Telemetry

/// Takes each exchange from the listener: finds its route, knows its caller, and turns what a handler throws into the
/// answer that the caller's SDK understands.
@NetLoop
final class FrontDoor {
    private let routes: RouteTable
    private let admission: Admission
    private let status: StatusHandler
    private let pictures: PictureHandler
    private let ballast: Ballast
    private let document: ServedFile
    private let dashboard = Dashboard()
    private let failures = Metrics.counters(.httpErrors)

    init(routes: RouteTable, admission: Admission, status: StatusHandler, pictures: PictureHandler, ballast: Ballast) {
        self.ballast = ballast
        self.routes = routes
        self.admission = admission
        self.status = status
        self.pictures = pictures
        document = ServedFile(APIDocument(routes.all).bytes, type: "application/json")
    }

    func take(_ exchange: Exchange) async throws {
        let started = Moment.now
        var user: String?
        defer { AccessLine.write(exchange, user: user, took: .now - started) }
        var meter = RouteMeter.none
        do {
            let mayBeOpen = exchange.request.method == "GET" || exchange.request.method == "HEAD"
            if mayBeOpen, try await takeOpen(exchange, &meter) {
                return meter.count(status(of: exchange), after: Moment.now - started)
            }
            switch routes.match(exchange.request) {
            case .route(let route, let parameters):
                meter = route.meter
                let admitted = try admission.admit(exchange.request)
                let caller = admitted.caller
                user = caller.userID
                if route.access == .admin, caller.role != .admin {
                    throw GatewayError(.forbidden, "Only an admin may do this.")
                }
                if route.needsRoom, ballast.isReleased { throw GatewayError.diskFull }
                try await route.handler(
                    Call(
                        exchange: exchange,
                        caller: caller,
                        session: admitted.session,
                        parameters: parameters,
                        started: started
                    )
                )
            case .otherMethod(let allowed):
                throw GatewayError(.methodNotAllowed, "This address answers \(allowed.joined(separator: ", ")).")
            case .nothing:
                throw GatewayError.nothingHere
            }
        } catch let error as HTTPError {
            // The body's own troubles (408, 413) are the listener's to answer.
            meter.count(exchange.hasLeft ? nil : 400, after: Moment.now - started)
            throw error
        } catch {
            answer(error, exchange)
        }
        meter.count(status(of: exchange), after: Moment.now - started)
    }

    /// What the client got; nothing when it left before its answer began.
    private func status(of exchange: Exchange) -> Int? { exchange.hasLeft ? nil : exchange.status }

    /// Whether the path is one of those that need no key; then it is answered.
    private func takeOpen(_ exchange: Exchange, _ meter: inout RouteMeter) async throws -> Bool {
        guard let path = OpenPath(of: exchange.request.path) else { return false }
        switch path {
        case .health, .liveness, .liveliness:
            meter = .health
            status.liveness(exchange)
        case .readiness:
            meter = .readiness
            await status.readiness(exchange)
        case .metrics:
            meter = .metrics
            await status.metrics(exchange)
        case .document:
            meter = .document
            document.send(exchange)
        case .dashboard:
            meter = .dashboard
            dashboard.sendPage(exchange)
        case .dashboardFile:
            guard dashboard.sendFile(exchange) else { return false }
            meter = .dashboard
        case .picture:
            let segments = exchange.request.pathSegments
            guard segments.count == 4, segments[2] != "templates" else { return false }
            meter = .pictures
            try await pictures.content(exchange, image: segments[2])
        }
        return true
    }

    private func answer(_ error: any Error, _ exchange: Exchange) {
        let failure = GatewayError(anything: error)
        failures.with(failure.code.rawValue).add()
        if failure.code == .unexpected {
            Log.error(
                "a request failed inside",
                [
                    "request_id": exchange.requestID, "trace": exchange.trace.id, "span": exchange.trace.spanID,
                    "error": "\(type(of: error))",
                ]
            )
        }
        guard !exchange.isAnswered, !exchange.hasLeft else { return }
        exchange.respond(
            failure.status,
            ErrorAnswer.headers(for: failure),
            ErrorAnswer.body(for: failure, path: exchange.request.path, requestID: exchange.requestID)
        )
    }
}
