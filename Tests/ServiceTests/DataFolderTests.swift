import Glibc
import Service
import Support
import Testing

struct DataFolderTests {
    @Test func aFolderHasOneOwnerAtATime() throws {
        let folder = Folder()
        let path = folder.file("a/b")
        try DataFolder.lock(path, "gateway")
        #expect { try DataFolder.lock(path, "gateway") } throws: { ($0 as? LaunchError)?.exitCode == 78 }
        try DataFolder.lock(path, "audit-service")
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o700)
    }

    @Test func aFolderThatCantBeMadeIsASentence() {
        #expect { try DataFolder.make("/dev/null/a") } throws: { error in
            (error as? LaunchError)?.sentence.contains("/dev/null/a") == true
        }
    }
}
