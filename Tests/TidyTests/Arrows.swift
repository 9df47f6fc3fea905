/// Who may import whom. A module that isn't in the table is one that nobody decided about.
enum Arrows {
    /// What comes with the toolchain and needs no arrow.
    private static let toolchain: Set<String> = ["Glibc", "Synchronization", "Swift", "FoundationEssentials"]

    private static let shared: [String: Set<String>] = [
        "JSON": [],
        "Loop": ["CLinux"],
        "Crypto": ["CSodium"],
        "Telemetry": [],
        "Wire": ["JSON"],
        "SQLite": ["Loop", "CSQLite"],
        "HTTP": ["Loop", "JSON", "Telemetry", "CEvent", "CCurl"],
        "Bus": ["Loop", "Wire", "JSON", "Telemetry", "CZeroMQ", "CLinux"],
        "Pictures": ["CVips"],
        "Providers": ["HTTP", "JSON", "Crypto", "Telemetry"],
        "Audit": ["SQLite", "Crypto"],
        "Service": ["Bus", "Wire", "Loop", "JSON", "Crypto", "SQLite", "Telemetry", "CLinux"],
    ]

    private static let services: Set<String> = [
        "Gateway", "ImageWorker", "HealthMonitor", "AuditService", "Tap", "ProviderSim", "Martlet",
    ]

    /// Martlet starts the others and measures them.
    private static let extra: [String: Set<String>] = ["Martlet": ["CLinux"]]

    /// A service uses any shared module and never another service; a C library only through its wrapper.
    static func allowed(for module: String) -> Set<String>? {
        if let arrows = shared[module] { return arrows.union(toolchain) }
        guard services.contains(module) else { return nil }
        return toolchain.union(shared.keys).union(extra[module] ?? [])
    }

    static func findings(in file: SourceFile) -> [Finding] {
        guard let module = file.module, !file.isUnder("Tests"), !file.isUnder("Shared/System") else { return [] }
        guard let allowed = allowed(for: module) else {
            return [Finding(file, "module \(module) isn't in the table of arrows")]
        }
        return imports(of: file).filter { !allowed.contains($0.module) && $0.module != module }.map {
            Finding(file, line: $0.line, "\(module) may not import \($0.module)")
        }
    }

    /// A machine decides and does nothing: it sees messages, bytes and moments, and never a clock or a task.
    static func machineFindings(in file: SourceFile) -> [Finding] {
        guard !file.isUnder("Tests"), file.name.prefix(while: { $0 != "+" }).hasSuffix("Machine") else { return [] }
        let forbidden = imports(of: file).filter { !["Wire", "JSON", "Loop"].contains($0.module) }.map {
            Finding(file, line: $0.line, "a machine may import only Wire, JSON and Loop, not \($0.module)")
        }
        let acts = file.code.enumerated().flatMap { index, line in
            ["Moment.now", "await ", "Task {", "Task("].filter(line.contains).map {
                Finding(file, line: index, "a machine takes `now` and returns actions; it has no `\($0)`")
            }
        }
        return forbidden + acts
    }

    private static let modifiers: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
    private static let kinds: Set<Substring> = [
        "struct", "class", "enum", "protocol", "func", "var", "let", "typealias",
    ]

    /// The modules named by import lines: `public import struct JSON.JSONValue` imports JSON.
    static func imports(of file: SourceFile) -> [(module: String, line: Int)] {
        file.code.enumerated().compactMap { index, line in
            let words = line.split(separator: " ")
            guard let keyword = words.firstIndex(of: "import") else { return nil }
            guard words[..<keyword].allSatisfy({ $0.hasPrefix("@") || modifiers.contains($0) }) else { return nil }
            let named = words[words.index(after: keyword)...].first { !kinds.contains($0) }
            return named.map { (String($0.prefix { $0 != "." }), index) }
        }
    }
}
