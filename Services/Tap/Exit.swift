/// What the process ends with, after sysexits.h where it has a word for it.
enum Exit {
    static let done: Int32 = 0
    /// The message that was expected did not come.
    static let unmet: Int32 = 1
    static let usage: Int32 = 64
    /// A recording could not be read whole.
    static let damaged: Int32 = 65
    static let noInput: Int32 = 66
    static let noHub: Int32 = 69
    static let failure: Int32 = 70
    static let cannotCreate: Int32 = 73
    static let configuration: Int32 = 78
}
