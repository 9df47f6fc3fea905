/// One way to the upstream that is measured.
struct Arm {
    let name: String
    let port: Int
    /// Whose processor time counts; nil when there is no process between.
    let pid: Int32?
    let key: String

    /// The bytes that the generator sends over and over: a short conversation, as a chat product sends it.
    func request(streams: Bool, model: String) -> [UInt8] {
        let turns = (0..<3).map { turn in
            """
            {"role":"user","content":"Question \(turn): what should somebody who has an hour in the harbour see first?"},\
            {"role":"assistant","content":"The fish market while it is open, then the lighthouse, then the old customs house."},
            """
        }.joined()
        let body = """
            {"model":"\(model)","stream":\(streams),"messages":[{"role":"system","content":"Answer in one sentence."},\
            \(turns){"role":"user","content":"And if it rains?"}]}
            """
        let head = """
            POST /v1/chat/completions HTTP/1.1\r
            host: 127.0.0.1:\(port)\r
            authorization: Bearer \(key)\r
            content-type: application/json\r
            content-length: \(body.utf8.count)\r
            \r

            """
        return Array((head + body).utf8)
    }
}
