import HTTP
import JSON

/// Runware's API: an array of tasks posted to one address.
final class Runware: Dialect {
    let name = "runware"
    /// Answers of tasks that run without their caller, by the tasks' ids; the oldest goes first.
    private var finished: [(id: String, results: [RunwareWire.Result], wasAsked: Bool)] = []

    func serve(_ exchange: Exchange, path: String, sim: Sim) async throws(HTTPError) {
        let visit = Visit(exchange, sim: sim, path: path)
        guard path == "/v1", exchange.request.method == "POST" else {
            return visit.send(RunwareWire.error(404, "routeNotFound", "There is nothing at this address."))
        }
        let bytes = try await exchange.body()
        let list = (try? JSONValue(parsing: bytes))?.array
        let tasks: [RunwareTask]
        do throws(RunwareTask.Refusal) {
            tasks = try RunwareTask.all(list)
        } catch {
            visit.begin(model: "", prompt: "")
            return visit.send(keyFailure(visit) ?? RunwareWire.reply(to: error))
        }
        let first = tasks.lazy.compactMap(\.picture).first
        visit.begin(model: Self.plain(first?.model ?? ""), prompt: first?.prompt ?? "")
        if let refusal = keyFailure(visit) { return visit.send(refusal) }
        let failed = { RunwareWire.reply(to: $0, retryAfter: $1, task: tasks.first) }
        let whole = { RunwareWire.answer([]) }
        if try await visit.answersOddly(streams: false, failed: failed, whole: whole) { return }
        try await run(tasks, visit)
    }

    /// `sim-quota` for `runware:sim-quota@1`: the provider's SDK takes no names but such.
    private static func plain(_ model: String) -> String {
        model.hasPrefix("runware:sim-") ? String(model.dropFirst(8).prefix { $0 != "@" }) : model
    }

    /// Any key is somebody's unless it contains `bad`.
    private func keyFailure(_ visit: Visit) -> Reply? {
        let line = visit.exchange.request.headers["authorization"] ?? ""
        let parts = line.split(separator: " ")
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            return RunwareWire.error(401, "missingApiKey", "An API key is due, as Bearer.", parameter: "apiKey")
        }
        return parts[1].contains("bad") ? RunwareWire.reply(to: .invalidKey(nil)) : nil
    }

    private func run(_ tasks: [RunwareTask], _ visit: Visit) async throws(HTTPError) {
        var results: [RunwareWire.Result] = []
        for task in tasks {
            switch task.kind {
            case .ping: results.append(.pong)
            case .account: results.append(.account(task.id))
            case .poll:
                guard let found = poll(task.id) else {
                    let text = "No task has this id."
                    return visit.send(RunwareWire.error(404, "taskFailedOrNotFound", text, task: task))
                }
                results += found
            case .picture(let picture):
                let drawn: [RunwareWire.Result]
                do {
                    drawn = try await draw(picture, task, visit)
                } catch let error as HTTPError {
                    throw error
                } catch {
                    return visit.send(RunwareWire.reply(to: .server, task: task))
                }
                if picture.isAsync {
                    keep(task.id, drawn)
                    results.append(.acknowledged(task.id))
                } else {
                    results += drawn
                }
            }
        }
        visit.send(Reply(200, json: RunwareWire.answer(results)))
    }

    // MARK: Tasks that run without their caller

    private func keep(_ id: String, _ results: [RunwareWire.Result]) {
        finished.removeAll { $0.id == id }
        finished.append((id, results, false))
        if finished.count > 16 { finished.removeFirst() }
    }

    /// The first question finds it under way, the second its results.
    private func poll(_ id: String) -> [RunwareWire.Result]? {
        guard let place = finished.firstIndex(where: { $0.id == id }) else { return nil }
        defer { finished[place].wasAsked = true }
        return finished[place].wasAsked ? finished[place].results : [.processing(id)]
    }
}
