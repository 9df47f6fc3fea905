import Crypto
import Glibc
import Support
import Testing

struct VaultTests {
    private let folder = Folder()
    private var path: String { folder.file("vault.key") }

    @Test func aValueOpensInItsContextAlone() throws {
        let vault = try Vault(file: path)
        let sealed = vault.seal("sk-123".utf8, context: "connector:1")
        #expect(sealed.count == 6 + Vault.overhead)
        #expect(try vault.open(sealed, context: "connector:1") == Array("sk-123".utf8))
        #expect { try vault.open(sealed, context: "connector:2") } throws: { ($0 as? CryptoError)?.code == .forged }
        #expect(try vault.open(vault.seal([], context: ""), context: "").isEmpty)
    }

    @Test func everyChangedByteIsSeen() throws {
        let vault = try Vault(file: path)
        let sealed = vault.seal("x".utf8, context: "c")
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 0x80
            #expect(throws: CryptoError.self) { try vault.open(changed, context: "c") }
        }
        for length in 0..<sealed.count {
            #expect(throws: CryptoError.self) { try vault.open(Array(sealed.prefix(length)), context: "c") }
        }
    }

    @Test func rotationSealsAnewAndStillOpensTheOld() throws {
        let vault = try Vault(file: path)
        let old = vault.seal("a".utf8, context: "c")
        try vault.rotate()
        #expect(!vault.isCurrent(old))
        #expect(try vault.open(old, context: "c") == Array("a".utf8))
        let new = vault.seal("a".utf8, context: "c")
        #expect(vault.isCurrent(new))
        let again = try Vault(file: path)
        #expect(again.currentKeyID == 2)
        #expect(try again.open(old, context: "c") == again.open(new, context: "c"))
        try again.forgetOldKeys()
        #expect { try again.open(old, context: "c") } throws: { ($0 as? CryptoError)?.code == .unknownKey }
        #expect(try Vault(file: path).open(new, context: "c") == Array("a".utf8))
    }

    @Test func aKeyThatAnotherProcessAddedIsFoundAndKept() throws {
        let first = try Vault(file: path)
        let second = try Vault(file: path)
        try second.rotate()
        let sealed = second.seal("a".utf8, context: "c")
        #expect(try first.open(sealed, context: "c") == Array("a".utf8))
        try second.rotate()
        try first.rotate()
        #expect(first.currentKeyID == 4)
        #expect(try first.open(second.seal("b".utf8, context: "c"), context: "c") == Array("b".utf8))
    }

    @Test func theKeyRingIsItsOwnersAlone() throws {
        _ = try Vault(file: path)
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        chmod(path, 0o644)
        #expect { try Vault(file: path) } throws: { ($0 as? CryptoError)?.code == .permissions }
    }

    @Test(arguments: ["", "something else\n", "martlet-vault 1\n", "martlet-vault 1\n1 00\n", "martlet-vault 1\nx y\n"])
    func aDamagedKeyRingIsRefusedAndLeftAlone(content: String) throws {
        try SecretFile.create(path, Array(content.utf8))
        #expect(throws: CryptoError.self) { try Vault(file: path) }
        #expect(try SecretFile.read(path, limit: 1_000) == Array(content.utf8))
    }

    @Test func processesThatStartTogetherShareOneRing() async throws {
        let path = path
        let vaults = try await withThrowingTaskGroup(of: Vault.self, returning: [Vault].self) { group in
            for _ in 0..<8 { group.addTask { try Vault(file: path) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let sealed = vaults[0].seal("a".utf8, context: "c")
        for vault in vaults { #expect(try vault.open(sealed, context: "c") == Array("a".utf8)) }
    }
}
