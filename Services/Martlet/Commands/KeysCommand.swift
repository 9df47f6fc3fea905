import Bus
import Service

/// `martlet keys`.
enum KeysCommand {
    static let command = Command(
        name: "keys",
        summary: "makes the CURVE keys that are missing, a pair for each role",
        details: "Keys that are there stay. `martlet up` does this by itself; containers do it once before all else.",
        options: [.data],
        action: .local { arguments throws(CommandError) in
            try makeKeys(in: Environment["MARTLET_KEYS"] ?? arguments.data + "/keys", data: arguments.data)
            return .ok
        }
    )

    static func makeKeys(in folder: String, data: String) throws(CommandError) {
        do throws(LaunchError) {
            try DataFolder.make(data)
        } catch {
            throw CommandError(.failed, error.sentence)
        }
        do throws(BusError) {
            try KeyRing.create(directory: folder)
        } catch {
            throw CommandError(.failed, error.message)
        }
    }
}
