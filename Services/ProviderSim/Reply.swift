/// A whole answer before it is sent.
struct Reply: Equatable {
    var status: Int
    var headers: [(String, String)]
    var body: [UInt8]

    init(_ status: Int, _ contentType: String, _ body: [UInt8]) {
        self.status = status
        headers = [("content-type", contentType)]
        self.body = body
    }

    init(_ status: Int, json: [UInt8]) {
        self.init(status, "application/json", json)
    }

    static func == (left: Reply, right: Reply) -> Bool {
        left.status == right.status && left.body == right.body && left.headers.elementsEqual(right.headers, by: ==)
    }
}
