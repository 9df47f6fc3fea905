import Glibc

@main
struct Main {
    static func main() {
        exit(Invocation.run(Array(CommandLine.arguments.dropFirst())))
    }
}
