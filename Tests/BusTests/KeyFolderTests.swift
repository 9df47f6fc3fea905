import Bus
import Foundation
import Support
import Testing
import Wire

@Suite(.timeLimit(.minutes(1))) struct KeyFolderTests {
    private let folder = Folder()

    private func ring(of role: Role) throws -> KeyRing {
        try KeyRing.load(directory: folder.file(role.rawValue), role: role)
    }

    @Test func aRolesFolderHoldsItsOwnSecretAndNoOther() throws {
        try KeyRing.createFolders(directory: folder.path)
        for role in Role.allCases {
            let names = try FileManager.default.subpathsOfDirectory(atPath: folder.file(role.rawValue))
            #expect(names.filter { $0.hasSuffix("secret") } == ["\(role.rawValue)/secret"])
            let known = KeyRing.acquaintances(of: role).union([role]).map { "\($0.rawValue)/public" }
            #expect(names.filter { $0.hasSuffix("public") }.sorted() == known.sorted())
        }
    }

    @Test func whoeverCallsSomebodyIsKnownThere() throws {
        try KeyRing.createFolders(directory: folder.path)
        for role in Role.allCases {
            for other in KeyRing.acquaintances(of: role) {
                #expect(try ring(of: role).publicKey(of: other) == ring(of: other).own.publicKey)
            }
        }
        for role in Role.allCases {
            for door in [Role.gateway, .auditService, .tap] where door != role {
                #expect(KeyRing.acquaintances(of: role).contains(door))
                #expect(KeyRing.acquaintances(of: door).contains(role))
            }
        }
    }

    @Test func makingThemAgainChangesNothing() throws {
        try KeyRing.createFolders(directory: folder.path)
        let before = try Role.allCases.map { try ring(of: $0).publicKeys }
        try KeyRing.createFolders(directory: folder.path)
        #expect(try Role.allCases.map { try ring(of: $0).publicKeys } == before)
    }

    @Test func aRoleWhoseFolderWasEmptiedIsMetUnderItsNewKey() throws {
        try KeyRing.createFolders(directory: folder.path)
        let old = try ring(of: .imageWorker).own.publicKey
        try FileManager.default.removeItem(atPath: folder.file("image-worker"))
        try KeyRing.createFolders(directory: folder.path)
        let new = try ring(of: .imageWorker).own.publicKey
        #expect(new != old)
        #expect(try ring(of: .gateway).publicKey(of: .imageWorker) == new)
    }
}
