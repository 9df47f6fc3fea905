import Crypto
import HTTP
import Loop

/// Carries out the ``IdempotencyCache``: one call for all who ask for the same, and its answer to each of them.
///
/// Such a call doesn't end with the connection that began it: whoever lost theirs comes again with the same key, finds
/// the call under way or done, and it is paid for once.
@NetLoop
final class IdempotentCalls {
    typealias Answer = IdempotencyCache.Answer

    private var cache = IdempotencyCache()
    private var waiting: [IdempotencyCache.Key: [CheckedContinuation<Answer, any Error>]] = [:]

    /// The answer under a key; one that is another call's says so in its head.
    ///
    /// - Parameter make: the call itself, made once however many ask.
    func answer(
        to call: Call,
        under key: String,
        body: [UInt8],
        _ make: @escaping @Sendable @NetLoop () async throws -> Answer
    ) async throws -> Answer {
        let key = IdempotencyCache.Key(user: call.caller.userID, path: call.request.path, key: key)
        switch cache.begin(key, body: Digest.sha256(body), now: .now) {
        case .answered(let answer):
            return answer.repeated
        case .join:
            return try await outcome(of: key).repeated
        case .mismatch:
            throw GatewayError.idempotencyMismatch
        case .full:
            var error = GatewayError(.notReady, "Too many calls with an Idempotency-Key are under way. Try again.")
            error.retryAfter = .seconds(1)
            throw error
        case .call:
            Task(executorPreference: NetLoop.loop) { @Sendable @NetLoop [self] in await run(key, make) }
            return try await outcome(of: key)
        }
    }

    private func run(_ key: IdempotencyCache.Key, _ make: @Sendable @NetLoop () async throws -> Answer) async {
        do {
            end(key, .success(try await make()))
        } catch {
            end(key, .failure(error))
        }
    }

    private func outcome(of key: IdempotencyCache.Key) async throws -> Answer {
        try await withCheckedThrowingContinuation { waiting[key, default: []].append($0) }
    }

    private func end(_ key: IdempotencyCache.Key, _ result: Result<Answer, any Error>) {
        cache.end(key, with: try? result.get(), now: .now)
        for continuation in waiting.removeValue(forKey: key) ?? [] { continuation.resume(with: result) }
    }
}

extension IdempotencyCache.Answer {
    fileprivate var repeated: Self {
        var answer = self
        answer.headers.append(("idempotent-replayed", "true"))
        return answer
    }
}

extension Request {
    /// The caller's name for a call that must not be made twice; nil when it has none.
    var idempotencyKey: String? {
        get throws(GatewayError) {
            guard let key = headers["idempotency-key"] else { return nil }
            guard !key.isEmpty, key.utf8.count <= 255 else {
                throw GatewayError(.invalidRequest, "An Idempotency-Key has 1 to 255 characters.")
            }
            return key
        }
    }
}

extension GatewayError {
    /// Asking again as it is can't help.
    static let idempotencyMismatch: GatewayError = {
        var error = GatewayError(.idempotencyMismatch, "This Idempotency-Key came before with another body.")
        error.shouldRetry = false
        return error
    }()
}
