import Foundation
import Testing
import Wire

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct KeyRingTests {
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = NSTemporaryDirectory() + "martlet-keys-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory)
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return (attributes[.posixPermissions] as? Int ?? 0) & 0o777
    }

    @Test func keysAreMadeForEveryRoleAndKnowOneAnother() throws {
        try withDirectory { directory in
            try KeyRing.create(directory: directory)
            for role in Role.allCases {
                let ring = try KeyRing.load(directory: directory, role: role)
                #expect(ring.publicKeys.count == Role.allCases.count)
                #expect(try ring.publicKey(of: role) == ring.own.publicKey)
                #expect(try mode("\(directory)/\(role.rawValue)/secret") == 0o600)
                let files = try FileManager.default.contentsOfDirectory(atPath: "\(directory)/\(role.rawValue)")
                #expect(files.sorted() == ["public", "secret"])
            }
        }
    }

    @Test func existingKeysAreNeverTouched() throws {
        try withDirectory { directory in
            try KeyRing.create(directory: directory)
            let before = try KeyRing.load(directory: directory, role: .gateway).publicKeys
            try KeyRing.create(directory: directory)
            #expect(try KeyRing.load(directory: directory, role: .gateway).publicKeys == before)
        }
    }

    @Test func anInterruptedStartIsCompleted() throws {
        try withDirectory { directory in
            try KeyRing.create(directory: directory)
            let before = try KeyRing.load(directory: directory, role: .tap).publicKeys
            try FileManager.default.removeItem(atPath: "\(directory)/gateway/public")
            try KeyRing.create(directory: directory)
            #expect(try KeyRing.load(directory: directory, role: .tap).publicKeys == before)
        }
    }

    @Test func manyProcessesMayMakeKeysAtTheSameTime() throws {
        try withDirectory { directory in
            DispatchQueue.concurrentPerform(iterations: 8) { _ in try? KeyRing.create(directory: directory) }
            for role in Role.allCases {
                let ring = try KeyRing.load(directory: directory, role: role)
                #expect(try ring.publicKey(of: role) == ring.own.publicKey)
                let files = try FileManager.default.contentsOfDirectory(atPath: "\(directory)/\(role.rawValue)")
                #expect(files.sorted() == ["public", "secret"])
            }
        }
    }

    @Test func aMissingPublicKeyIsAnErrorOnlyWhenItIsNeeded() throws {
        try withDirectory { directory in
            try KeyRing.create(directory: directory)
            try FileManager.default.removeItem(atPath: "\(directory)/audit-service")
            let ring = try KeyRing.load(directory: directory, role: .gateway)
            #expect(throws: BusError.self) { try ring.publicKey(of: .auditService) }
        }
    }

    @Test(arguments: ["", "short", String(repeating: "~", count: 40), String(repeating: "a", count: 41)])
    func aDamagedKeyIsRefused(_ text: String) throws {
        try withDirectory { directory in
            try KeyRing.create(directory: directory)
            try text.write(toFile: "\(directory)/tap/public", atomically: true, encoding: .utf8)
            #expect(throws: BusError.self) { try KeyRing.load(directory: directory, role: .gateway) }
        }
    }

    @Test func aSecretThatEveryoneCanReadIsRefused() throws {
        try withDirectory { directory in
            try KeyRing.create(directory: directory)
            chmod("\(directory)/gateway/secret", 0o644)
            let error = #expect(throws: BusError.self) { try KeyRing.load(directory: directory, role: .gateway) }
            #expect(error?.code == .keys)
        }
    }

    @Test func aSecretIsPrintedNowhere() throws {
        let keys = try CurveKeys.generate()
        let ring = KeyRing(role: .gateway, own: keys, publicKeys: [:])
        var dumped = ""
        dump(ring, to: &dumped)
        for text in ["\(keys)", "\(ring)", String(reflecting: ring), dumped] { #expect(!text.contains(keys.secret)) }
    }
}
