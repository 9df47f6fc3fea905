// swift-tools-version: 6.2
import PackageDescription

// Targets stand in the order in which they depend on each other. TidyTests holds the arrows.

let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
    // Overlapping accesses are looked for at run time by the tests; a service doesn't pay for it (1.5 % of a request).
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

// MARK: C libraries, each reached only through the module that wraps it

let system: [Target] =
    ["CCurl", "CEvent", "CLinux", "CSodium", "CSQLite", "CZeroMQ"].map {
        .systemLibrary(name: $0, path: "Shared/System/\($0)")
    } + [
        // vips.h needs GLib's headers, whose folders only pkg-config knows, and its flags make SwiftPM warn;
        // so both architectures' folders are named here and the Swift side sees a header without GLib.
        .target(
            name: "CVips",
            path: "Shared/System/CVips",
            cSettings: [
                .unsafeFlags([
                    "-I/usr/include/glib-2.0",
                    "-I/usr/lib/x86_64-linux-gnu/glib-2.0/include",
                    "-I/usr/lib/aarch64-linux-gnu/glib-2.0/include",
                ])
            ],
            linkerSettings: [.linkedLibrary("vips"), .linkedLibrary("gobject-2.0"), .linkedLibrary("glib-2.0")]
        )
    ]

func shared(_ name: String, _ dependencies: [String], resources: [Resource] = []) -> Target {
    .target(
        name: name,
        dependencies: dependencies.map { .byName(name: $0) },
        path: "Shared/\(name)",
        resources: resources,
        swiftSettings: house
    )
}

// MARK: What two services use

let modules: [Target] = [
    shared("Loop", ["CLinux"]),
    shared("JSON", []),
    shared("Crypto", ["CSodium"]),
    shared("Telemetry", []),
    shared("Wire", ["JSON"]),
    shared("SQLite", ["Loop", "CSQLite"]),
    shared("Audit", ["SQLite", "Crypto"]),
    shared("HTTP", ["Loop", "JSON", "Telemetry", "CEvent", "CCurl"]),
    shared("Bus", ["Loop", "Wire", "JSON", "Telemetry", "CZeroMQ", "CLinux"]),
    shared("Pictures", ["CVips"]),
    shared("Providers", ["HTTP", "JSON", "Crypto"], resources: [.embedInCode("Prices/prices.json")]),
    shared("Service", ["Bus", "Wire", "Loop", "JSON", "Crypto", "SQLite", "Telemetry", "CLinux"]),
]

// MARK: Executables

func service(_ name: String, _ dependencies: [String], resources: [Resource] = []) -> Target {
    .executableTarget(
        name: name,
        dependencies: dependencies.map { .byName(name: $0) },
        path: "Services/\(name)",
        resources: resources,
        swiftSettings: house
    )
}

/// The files of the gateway's dashboard, which it serves from its own executable.
let page =
    ["index.html", "style.css", "icon.svg"]
    + ["main", "api", "dom", "overview", "connectors", "images", "usage", "audit", "people"].map { "\($0).js" }

let base = ["Service", "Bus", "Wire", "Loop", "JSON", "Crypto", "Telemetry"]

let services: [Target] = [
    service(
        "Gateway",
        base + ["HTTP", "SQLite", "Providers", "Audit"],
        resources: page.map { .embedInCode("Dashboard/Page/\($0)") }
    ),
    service("ImageWorker", base + ["HTTP", "Providers", "Pictures"]),
    service("HealthMonitor", base + ["HTTP", "Providers"]),
    service("AuditService", base + ["SQLite", "Audit"]),
    service("Tap", base),
    service("ProviderSim", ["Service", "Loop", "JSON", "Crypto", "Telemetry", "HTTP", "Pictures"]),
    service("Martlet", base + ["Audit", "SQLite", "HTTP", "Providers"]),
]

let executables: [Product] = [
    .executable(name: "gateway", targets: ["Gateway"]),
    .executable(name: "image-worker", targets: ["ImageWorker"]),
    .executable(name: "health-monitor", targets: ["HealthMonitor"]),
    .executable(name: "audit-service", targets: ["AuditService"]),
    .executable(name: "tap", targets: ["Tap"]),
    .executable(name: "provider-sim", targets: ["ProviderSim"]),
    .executable(name: "martlet", targets: ["Martlet"]),
]

// MARK: Tests, a folder per module and service

func tests(_ name: String, _ dependencies: [String]) -> Target {
    .testTarget(
        name: name,
        dependencies: (["Support"] + dependencies).map { .byName(name: $0) },
        path: "Tests/\(name)",
        swiftSettings: house
    )
}

let support: [Target] = [
    .target(
        name: "Support",
        dependencies: ["Loop"],
        path: "Tests/Support",
        swiftSettings: house
    )
]

let everyModule = modules.map(\.name)

let suites: [Target] = [
    tests("LoopTests", ["Loop"]),
    tests("JSONTests", ["JSON"]),
    tests("CryptoTests", ["Crypto"]),
    tests("TelemetryTests", ["Telemetry"]),
    tests("WireTests", ["Wire", "JSON"]),
    tests("SQLiteTests", ["SQLite", "Loop"]),
    tests("AuditTests", ["Audit", "SQLite", "Crypto"]),
    tests("HTTPTests", ["HTTP", "Loop", "JSON"]),
    tests("BusTests", ["Bus", "Wire", "Loop", "JSON", "Telemetry", "CZeroMQ"]),
    tests("PicturesTests", ["Pictures"]),
    tests("ProvidersTests", ["Providers", "HTTP", "JSON", "Crypto", "Loop"]),
    tests("ServiceTests", ["Service", "Loop", "Bus", "Wire", "JSON", "Crypto", "SQLite", "Telemetry"]),
    tests("GatewayTests", ["Gateway"] + everyModule),
    tests("ImageWorkerTests", ["ImageWorker"] + everyModule),
    tests("HealthMonitorTests", ["HealthMonitor"] + everyModule),
    tests("AuditServiceTests", ["AuditService"] + everyModule),
    tests("TapTests", ["Tap"] + everyModule),
    tests("ProviderSimTests", ["ProviderSim"] + everyModule),
    tests("MartletTests", ["Martlet"] + everyModule),
    tests("ClusterTests", services.map(\.name) + everyModule),
    tests("TidyTests", []),
]

let package = Package(
    name: "Martlet",
    products: executables,
    targets: system + modules + services + support + suites
)
