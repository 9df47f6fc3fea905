import Audit
import JSON
import Telemetry
import Wire

/// `martlet audit prove`.
enum AuditProof {
    static func run(_ arguments: Arguments) throws(CommandError) -> ExitCode {
        guard arguments.operands.count == 1, let receipt = Receipt(arguments.operands[0]) else {
            throw CommandError(.usage, "one receipt is expected, as x-martlet-receipt had it: STREAM.NUMBER.HASH")
        }
        let file = try AuditFile(arguments)
        let outcome = try file.read { db in
            do {
                return Result<Proof, Proof.Failure>.success(
                    try Proof.find(receipt, role: Role.gateway.rawValue, key: file.key, in: db)
                )
            } catch let failure as Proof.Failure {
                return .failure(failure)
            }
        }
        if arguments.has("json") {
            Output.json(json(outcome))
        } else {
            show(outcome)
        }
        if case .failure = outcome { return .failed }
        return .ok
    }

    private static func show(_ outcome: Result<Proof, Proof.Failure>) {
        switch outcome {
        case .failure(let failure):
            Terminal.line(Terminal.styled("The receipt is not proven.", .red))
            Terminal.line("  \(failure)")
        case .success(let proof):
            Terminal.line(Terminal.styled("The receipt is proven.", .green))
            Terminal.line("  event \(proof.seq): \(String(decoding: proof.body, as: UTF8.self))")
            Terminal.line("  hash \(proof.hash)")
            guard let checkpoint = proof.checkpoint else {
                return Terminal.line("  no checkpoint covers it yet: it is proven by the chain alone")
            }
            let time = Timestamp.text(microseconds: checkpoint.at)
            Terminal.line("  covered by the checkpoint of \(checkpoint.count) events, signed \(time)")
            Terminal.line("  signed by \(KeptCheckpoints.json(checkpoint)["key"]?.string ?? "")")
        }
    }

    private static func json(_ outcome: Result<Proof, Proof.Failure>) -> JSONValue {
        switch outcome {
        case .failure(let failure): return ["proven": false, "message": .string(failure.description)]
        case .success(let proof):
            return [
                "proven": true, "seq": JSONValue(proof.seq), "hash": .string(proof.hash),
                "event": (try? JSONValue(parsing: proof.body)) ?? .null,
                "checkpoint": proof.checkpoint.map(KeptCheckpoints.json) ?? .null,
            ]
        }
    }
}
