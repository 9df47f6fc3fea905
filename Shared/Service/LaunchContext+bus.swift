public import Bus
import Crypto
import Glibc
import Telemetry
public import Wire

extension LaunchContext {
    /// The CURVE keys of a role. Where its secret is missing, the keys that are missing are made first, so a service
    /// that runs alone needs no other step; keys that are there are never touched, and a folder with only this role's
    /// keys may be read-only.
    public func loadKeys(of role: Role) throws(BusError) -> KeyRing {
        if access("\(settings.keys)/\(role.rawValue)/secret", F_OK) != 0 {
            try KeyRing.create(directory: settings.keys)
        }
        return try KeyRing.load(directory: settings.keys, role: role)
    }

    /// Where this process shows its messages to a tap, not started yet. Prompts are shown as the settings say, hashed
    /// with a key of this process alone.
    @BusLoop
    public func tapPoint(_ keys: KeyRing) -> TapPoint {
        let key = Random.bytes(32)
        let redaction = Redaction(prompts: Redaction.Prompts(rawValue: settings.tapPrompts) ?? .hash) {
            MAC.keyed(key: key, $0)
        }
        return TapPoint(to: settings.tapIn, keys: keys, source: identity.source) { redaction.redact($0) }
    }
}

extension Identity {
    /// The hello of a process with that role that takes no jobs.
    public func hello(_ role: Role, capabilities: [String] = []) -> Hello {
        Hello(
            instance: instance,
            boot: boot,
            role: role,
            version: Release.version,
            minor: Envelope.currentMinor,
            capabilities: capabilities,
            slots: 0
        )
    }
}
