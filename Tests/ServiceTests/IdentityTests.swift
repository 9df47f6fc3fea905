import Service
import Testing
import Wire

struct IdentityTests {
    @Test func eachStartIsAnotherBootOfTheSameInstance() {
        let first = Identity(service: "gateway")
        let second = Identity(service: "gateway")
        #expect(first.instance == second.instance && first.instance.hasPrefix("gateway-"))
        #expect(first.boot != second.boot && first.boot.count == 16)
        #expect(first.source.service == "gateway")
    }

    @Test func anInstanceIsPlainAndShort() {
        let identity = Identity(service: "gateway", instance: "a b/é" + String(repeating: "x", count: 100))
        #expect(identity.instance.hasPrefix("a-b--"))
        #expect(identity.instance.utf8.count == 64)
    }
}
