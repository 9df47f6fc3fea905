import Glibc

/// What `martlet up` leaves in the data folder while it runs, so that other commands find the cluster.
enum RunningCluster {
    private static func path(_ data: String) -> String { data + "/cluster.url" }

    static func url(in data: String) -> String? {
        SmallFile.text(path(data))?.split(whereSeparator: \.isWhitespace).first.map(String.init)
    }

    static func publish(_ url: String, in data: String) throws(CommandError) {
        try SmallFile.write(Array("\(url)\n".utf8), to: path(data))
    }

    static func withdraw(in data: String) { unlink(path(data)) }
}
