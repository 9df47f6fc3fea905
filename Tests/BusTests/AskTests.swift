import Loop
import Support
import Testing
import Wire

@testable import Bus

/// Questions and their ends: an answer, an error, time, the session's end, the asker's.
@Suite(.timeLimit(.minutes(1))) @BusLoop struct AskTests {
    private func connected(_ answer: @escaping @BusLoop (Server, Peer, Message) -> Void) async throws -> (
        Stage, Server, Link
    ) {
        let stage = try Stage()
        let server = try stage.server()
        server.onMessage = { [weak server] peer, message in
            if let server { answer(server, peer, message) }
        }
        try await server.start()
        let link = try stage.link(to: server)
        try link.start()
        try await until("up") { link.isUp }
        return (stage, server, link)
    }

    @Test func aQuestionGetsItsAnswerAndNoOther() async throws {
        let (stage, _, link) = try await connected { server, peer, message in
            let id = message.header.id
            server.send(JobLease(leaseMs: 1, cancel: false, lost: false), to: peer)
            server.send(JobLease(leaseMs: 2, cancel: false, lost: false), to: peer) { $0.replyTo = id }
        }
        var others = 0
        link.onMessage = { _ in others += 1 }
        let answer = try await link.ask(JobRenew(phase: .call), timeout: .seconds(10))
        #expect(try answer.body(JobLease.self).leaseMs == 2)
        #expect(others == 1)
        stage.end()
    }

    @Test func theServerMayAskToo() async throws {
        let (stage, server, link) = try await connected { _, _, _ in }
        link.onMessage = { message in
            let id = message.header.id
            link.send(JobRelease(reason: "as asked")) { $0.replyTo = id }
        }
        let peer = try #require(server.peers.first)
        let answer = try await server.ask(JobCancel(reason: "stop"), of: peer, timeout: .seconds(10))
        #expect(answer.header.kind == .jobRelease)
        stage.end()
    }

    @Test func anUnansweredQuestionTimesOut() async throws {
        let (stage, _, link) = try await connected { _, _, _ in }
        let error = await #expect(throws: BusError.self) {
            try await link.ask(JobRenew(phase: .call), timeout: .milliseconds(50))
        }
        #expect(error?.code == .timeout)
        stage.end()
    }

    @Test func aQuestionWithoutASessionFailsAtOnce() async throws {
        let stage = try Stage()
        let server = try stage.server()
        let link = try stage.link(to: server)
        let error = await #expect(throws: BusError.self) {
            try await link.ask(JobRenew(phase: .call), timeout: .seconds(10))
        }
        #expect(error?.code == .down)
        stage.end()
    }

    @Test func aSessionsEndAnswersItsQuestions() async throws {
        let (stage, _, link) = try await connected { server, _, _ in server.socket?.close() }
        let error = await #expect(throws: BusError.self) {
            try await link.ask(JobRenew(phase: .call), timeout: .seconds(30))
        }
        #expect(error?.code == .down)
        stage.end()
    }

    @Test func anErrorIsThrownToTheAsker() async throws {
        let (stage, _, link) = try await connected { server, peer, message in
            let id = message.header.id
            server.send(ServiceError(code: "busy", detail: "later", retryable: true), to: peer) { $0.replyTo = id }
        }
        let error = await #expect(throws: BusError.self) {
            try await link.ask(JobRenew(phase: .call), timeout: .seconds(10))
        }
        #expect(error == BusError(.refused, "busy: later"))
        stage.end()
    }

    @Test func anAskerThatIsCancelledIsTold() async throws {
        let (stage, _, link) = try await connected { _, _, _ in }
        let asking = Task(executorPreference: BusLoop.loop) { await Self.codeOfFailure(link) }
        await pause(.milliseconds(20))
        asking.cancel()
        let end = await asking.value
        #expect(end == BusError.Code.cancelled)
        stage.end()
    }

    private static func codeOfFailure(_ link: Link) async -> BusError.Code? {
        do throws(BusError) {
            _ = try await link.ask(JobRenew(phase: .call), timeout: .seconds(30))
            return nil
        } catch {
            return error.code
        }
    }
}
