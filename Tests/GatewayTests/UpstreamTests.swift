import HTTP
import Providers
import Testing

@testable import Gateway

/// The way out to the providers.
@Suite struct UpstreamTests {
    @NetLoop @Test func aConnectorOfATypeThatThisVersionDoesNotKnowIsATypedErrorAndNoTrap() {
        let upstream = Upstream(registry: Registry(), client: Client(), addresses: [:])
        let connector = Connector(
            id: "con_1",
            owner: .organisation,
            displayName: "from tomorrow",
            config: ConnectorConfig(type: "tomorrow_apikey"),
            createdAt: 1
        )
        #expect { _ = try upstream.adapter(of: connector) } throws: { error in
            (error as? ProviderError)?.code == .configError
        }
    }
}
