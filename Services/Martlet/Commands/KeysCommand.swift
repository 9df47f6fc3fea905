import Bus
import Service

/// `martlet keys`.
enum KeysCommand {
    static let command = Command(
        name: "keys",
        summary: "makes the CURVE keys that are missing, a pair for each role",
        details: """
            Keys that are there stay. `martlet up` does this by itself; containers do it once before all else, with
            --folders: then no role can read another's secret.
            """,
        options: [
            .data,
            Option(
                name: "folders",
                value: "DIR",
                meaning: "makes in DIR a folder per role with its secret and only the public keys that it needs"
            ),
        ],
        action: .local { arguments throws(CommandError) in
            if let folders = arguments.string("folders") {
                try making { () throws(BusError) in try KeyRing.createFolders(directory: folders) }
            } else {
                try makeKeys(in: Environment["MARTLET_KEYS"] ?? arguments.data + "/keys", data: arguments.data)
            }
            return .ok
        }
    )

    static func makeKeys(in folder: String, data: String) throws(CommandError) {
        do throws(LaunchError) {
            try DataFolder.make(data)
        } catch {
            throw CommandError(.failed, error.sentence)
        }
        try making { () throws(BusError) in try KeyRing.create(directory: folder) }
    }

    private static func making(_ body: () throws(BusError) -> Void) throws(CommandError) {
        do throws(BusError) {
            try body()
        } catch {
            throw CommandError(.failed, error.message)
        }
    }
}
