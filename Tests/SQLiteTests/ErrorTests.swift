import Testing

@testable import SQLite

struct ErrorTests {
    /// 4874 is SQLITE_IOERR_SHMSIZE: the first thing that lacks room on a full disk may be the WAL's index.
    @Test(arguments: [
        (13, SQLiteError.Code.full), (4_874, .full), (10, .io), (1_034, .io), (5, .busy), (2_067, .constraint),
    ])
    func theResultCodeDecidesTheCause(_ result: Int, _ code: SQLiteError.Code) {
        #expect(SQLiteError(result: Int32(result), message: "").code == code)
    }
}
