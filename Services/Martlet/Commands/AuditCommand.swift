import Audit
import Glibc
import JSON
import SQLite
import Service
import Wire

/// `martlet audit …`: what can be proven from the audit file alone.
enum AuditCommand {
    static let all = [verify, prove, checkpoint, RestoreCommand.command]

    static let verify = Command(
        name: "audit verify",
        summary: "proves from the audit file alone that nothing in it was changed or removed",
        details: """
            Computes every hash of the chain anew and checks every signed checkpoint. The service may run meanwhile.
            Someone who owns the file could still write it anew, or cut off its end with its checkpoints; that shows
            against what is kept elsewhere: the public key, a checkpoint, the gateway's database.
            Ends with 1 when something is wrong.
            """,
        options: AuditFile.options + [
            Option(name: "against", value: "FILE", meaning: "a gateway.db, whose kept checkpoints must agree"),
            Option(name: "checkpoint", value: "FILE", meaning: "checkpoints kept as JSON lines, which must agree"),
            Option(name: "witness", value: "HEX", meaning: "a head that must be in the chain; may come repeatedly"),
            .json,
        ],
        action: .local(run)
    )

    static let prove = Command(
        name: "audit prove",
        operands: "RECEIPT",
        summary: "finds the event of a receipt, and proves it up to the signed checkpoint that covers it",
        details: """
            A receipt is what the gateway's answer had in `x-martlet-receipt`. The chain is walked from the checkpoint
            before the event to the one behind it. Ends with 1 when the event isn't there or something is wrong.
            """,
        options: AuditFile.options + [.json],
        action: .local { arguments throws(CommandError) in try AuditProof.run(arguments) }
    )

    static let checkpoint = Command(
        name: "audit checkpoint",
        summary: "prints the latest signed checkpoint as a line of JSON, to be kept elsewhere",
        options: AuditFile.options,
        action: .local { arguments throws(CommandError) in
            let file = try AuditFile(arguments)
            guard let latest = try file.read({ try AuditSchema.checkpoints(in: $0, latest: 1).first }) else {
                throw CommandError(.failed, "nothing was signed yet")
            }
            Output.json(KeptCheckpoints.json(latest))
            return .ok
        }
    )

    private static func run(_ arguments: Arguments) throws(CommandError) -> ExitCode {
        let file = try AuditFile(arguments)
        var kept: [Checkpoint] = []
        var witnesses = Set(arguments.all("witness"))
        for path in arguments.all("checkpoint") { kept += try KeptCheckpoints.lines(of: path) }
        for path in arguments.all("against") {
            let other = try KeptCheckpoints.gateway(path)
            kept += other.checkpoints
            witnesses.formUnion(other.heads)
        }
        let found: Verification
        do {
            found = try Verify.file(file.path, key: file.key, witnesses: witnesses, kept: kept)
        } catch {
            throw CommandError(.failed, "\(file.path): \(error)")
        }
        if arguments.has("json") {
            Output.json(json(found))
        } else {
            show(found)
        }
        return found.isWhole ? .ok : .failed
    }

    private static func show(_ found: Verification) {
        if let fault = found.fault {
            Terminal.line(Terminal.styled("The audit trail does not hold.", .red))
            Terminal.line("  at event \(fault.seq): \(fault.sentence) (\(fault.code.rawValue))")
        } else {
            Terminal.line(Terminal.styled("The audit trail holds.", .green))
        }
        Terminal.line("  \(found.events) events of \(found.streams) streams, \(found.checkpoints) signed checkpoints")
        if found.kept > 0 { Terminal.line("  agrees with \(found.kept) checkpoints kept elsewhere") }
        if found.unsigned > 0 { Terminal.line("  \(found.unsigned) events since the last checkpoint") }
        if found.gaps > 0 { Terminal.line("  \(found.gaps) recorded gaps") }
        Terminal.line("  head \(found.head)")
        for key in found.keys { Terminal.line("  signed by \(key)") }
    }

    private static func json(_ found: Verification) -> JSONValue {
        let fault = found.fault.map { fault -> JSONValue in
            ["code": .string(fault.code.rawValue), "seq": JSONValue(fault.seq), "message": .string(fault.sentence)]
        }
        return [
            "holds": .bool(found.isWhole), "events": JSONValue(found.events), "streams": JSONValue(found.streams),
            "checkpoints": JSONValue(found.checkpoints), "kept": JSONValue(found.kept),
            "unsigned": JSONValue(found.unsigned), "gaps": JSONValue(found.gaps), "head": .string(found.head),
            "keys": .array(found.keys.map { .string($0) }), "fault": fault ?? .null,
        ]
    }
}
