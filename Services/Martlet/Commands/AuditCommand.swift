import Audit
import Glibc
import JSON
import Service

/// `martlet audit verify`.
enum AuditCommand {
    static let verify = Command(
        name: "audit verify",
        summary: "proves from the audit file alone that nothing in it was changed or removed",
        details: """
            Computes every hash of the chain anew and checks every signed checkpoint. The service may run meanwhile.
            Ends with 1 when something is wrong.
            """,
        options: [
            .data,
            Option(name: "key", value: "HEX", meaning: "the public key that must have signed, known from elsewhere"),
            Option(name: "witness", value: "HEX", meaning: "a head that must be in the chain; may come repeatedly"),
            .json,
        ],
        action: .local(run)
    )

    private static func run(_ arguments: Arguments) throws(CommandError) -> ExitCode {
        let path = arguments.data + "/audit.db"
        guard access(path, R_OK) == 0 else {
            throw CommandError(.usage, "\(path): \(String(cString: strerror(errno)))")
        }
        let found: Verification
        do {
            found = try Verify.file(path, key: arguments.string("key"), witnesses: Set(arguments.all("witness")))
        } catch {
            throw CommandError(.failed, "\(path): \(error)")
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
            "checkpoints": JSONValue(found.checkpoints), "unsigned": JSONValue(found.unsigned),
            "gaps": JSONValue(found.gaps), "head": .string(found.head),
            "keys": .array(found.keys.map { .string($0) }), "fault": fault ?? .null,
        ]
    }
}
