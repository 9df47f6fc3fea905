import Loop
import Service
import Testing

struct OutboxMachineTests {
    private let start = Moment(nanoseconds: 0)

    /// Answers the machine's reads from a table that holds everything up to `tail`, and gives what it sent.
    private func run(
        _ machine: inout OutboxMachine,
        _ actions: [OutboxMachine.Action],
        tail: UInt64,
        _ now: Moment
    ) -> [OutboxMachine.Action] {
        var queue = actions[...]
        var done: [OutboxMachine.Action] = []
        while let action = queue.popFirst() {
            if case .load(let after, let limit, let session) = action {
                let last = min(after + UInt64(limit), tail)
                queue += machine.loaded(first: after + 1, last: last, session: session, now: now)
            } else {
                done.append(action)
            }
        }
        return done
    }

    @Test func fourBatchesTravelAtATimeAndAnAcknowledgementMakesRoom() {
        var machine = OutboxMachine(acknowledged: 0, tail: 1_000)
        var sent = run(&machine, machine.up(start), tail: 1_000, start)
        #expect(
            sent == [
                .send(first: 1, last: 128), .send(first: 129, last: 256), .send(first: 257, last: 384),
                .send(first: 385, last: 512),
            ]
        )
        sent = run(&machine, machine.acknowledge(upto: 256, now: start), tail: 1_000, start)
        #expect(sent == [.delete(upto: 256), .send(first: 513, last: 640), .send(first: 641, last: 768)])
        #expect(machine.depth == 744)
    }

    @Test func aLostSessionSendsAgainWhatWasNotAcknowledged() {
        var machine = OutboxMachine(acknowledged: 0, tail: 200)
        _ = run(&machine, machine.up(start), tail: 200, start)
        _ = machine.acknowledge(upto: 128, now: start)
        machine.down()
        #expect(machine.committed(upto: 210, now: start) == [])
        #expect(run(&machine, machine.up(start), tail: 210, start) == [.send(first: 129, last: 210)])
    }

    @Test func silenceSendsAgain() {
        var machine = OutboxMachine(acknowledged: 0, tail: 5)
        _ = run(&machine, machine.up(start), tail: 5, start)
        let due = start + .seconds(10)
        #expect(machine.deadline == due)
        #expect(machine.tick(start + .seconds(9)) == [])
        #expect(run(&machine, machine.tick(due), tail: 5, due) == [.send(first: 1, last: 5)])
    }

    @Test func aReceiverThatCantTakeEventsGetsThemAgainAfterThePauseThatItAskedFor() {
        var machine = OutboxMachine(acknowledged: 0, tail: 200)
        _ = run(&machine, machine.up(start), tail: 200, start)
        machine.postponed(by: .seconds(1), now: start)
        #expect(machine.deadline == start + .seconds(1))
        // The second batch of the window is refused as well; that is the same pause.
        machine.postponed(by: .seconds(1), now: start + .milliseconds(5))
        #expect(machine.committed(upto: 201, now: start + .milliseconds(900)) == [])
        let due = start + .seconds(1)
        #expect(
            run(&machine, machine.tick(due), tail: 201, due) == [
                .send(first: 1, last: 128), .send(first: 129, last: 201),
            ]
        )
        machine.postponed(by: .seconds(7_200), now: due)
        #expect(machine.deadline == due + .seconds(60))
    }

    @Test func aReadOfAnEarlierSessionCountsForNothing() {
        var machine = OutboxMachine(acknowledged: 0, tail: 5)
        guard case .load(_, _, let session)? = machine.up(start).first else { return #expect(Bool(false)) }
        machine.down()
        _ = machine.up(start)
        #expect(machine.loaded(first: 1, last: 5, session: session, now: start) == [])
        #expect(machine.sent == 0)
    }

    @Test func aRefusedBatchWaitsAndGoesAgainInOrder() {
        var machine = OutboxMachine(acknowledged: 0, tail: 300)
        _ = run(&machine, machine.up(start), tail: 300, start)
        machine.refused(first: 129, now: start)
        #expect(machine.sent == 128)
        #expect(machine.committed(upto: 301, now: start) == [])
        let due = start + .milliseconds(500)
        #expect(machine.deadline == due)
        #expect(
            run(&machine, machine.tick(due), tail: 301, due) == [
                .send(first: 129, last: 256), .send(first: 257, last: 301),
            ]
        )
    }

    @Test func eventsThatTheReceiverLostAreReportedOnceAndShippingGoesOn() {
        var machine = OutboxMachine(acknowledged: 100, tail: 110)
        _ = run(&machine, machine.up(start), tail: 110, start)
        let actions = run(&machine, machine.acknowledge(upto: 40, now: start), tail: 110, start)
        #expect(actions == [.report(from: 41, to: 100), .send(first: 101, last: 110)])
        #expect(machine.acknowledge(upto: 40, now: start) == [])
        #expect(machine.acknowledge(upto: 110, now: start) == [.delete(upto: 110)])
    }

    @Test func aReceiverThatKnowsMoreThanThereIsMeansABackup() {
        var machine = OutboxMachine(acknowledged: 10, tail: 20)
        _ = run(&machine, machine.up(start), tail: 20, start)
        #expect(machine.acknowledge(upto: 21, now: start) == [.rename])
        #expect(run(&machine, machine.up(start), tail: 20, start) == [.send(first: 11, last: 20)])
    }

    @Test func aHoleInTheTableIsReportedBeforeWhatFollows() {
        var machine = OutboxMachine(acknowledged: 0, tail: 10)
        guard case .load(_, _, let session)? = machine.up(start).first else { return #expect(Bool(false)) }
        #expect(
            machine.loaded(first: 4, last: 10, session: session, now: start) == [
                .report(from: 1, to: 3), .send(first: 4, last: 10),
            ]
        )
    }
}
