// Any bytes must give events or an error, the same wherever they are cut, for every dialect's reader and every watch of a stream that
// passes through. From the repository's root:
//   swift build -c release --sanitize=fuzzer --target Providers --scratch-path /tmp/fuzz-build
//   B=/tmp/fuzz-build/release && swiftc -O -parse-as-library -sanitize=fuzzer -swift-version 6 \
//     -enable-upcoming-feature InternalImportsByDefault -I $B/Modules -I Shared/System/CCurl -I Shared/System/CEvent -I Shared/System/CLinux \
//     -I Shared/System/CSodium -o /tmp/fuzz-streams Tests/Fuzz/FuzzStreams.swift \
//     $B/{JSON,Loop,Crypto,Telemetry,HTTP,Providers}.build/*.o -lcurl -levent -lsodium -lm
//   mkdir -p /tmp/corpus-streams && /tmp/fuzz-streams -max_total_time=60 -max_len=4096 /tmp/corpus-streams Tests/Fixtures/providers

import Providers

/// What libFuzzer calls with each input: the first byte chooses the dialect, the second where to cut.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: count))
    guard bytes.count > 2 else { return 0 }
    let codec = codecs[Int(bytes[0]) % codecs.count]
    let rest = Array(bytes.dropFirst(2))
    let cut = Int(bytes[1]) % (rest.count + 1)
    let pieces = [Array(rest[..<cut]), Array(rest[cut...])]
    precondition(
        read(codec, [rest]) == read(codec, pieces),
        "\(codec.dialect.name) means something else when cut at \(cut)"
    )
    precondition(
        watch(codec, [rest]) == watch(codec, pieces),
        "\(codec.dialect.name) passes something else when cut at \(cut)"
    )
    _ = try? codec.result(from: rest)
    _ = try? codec.facts(of: rest)
    return 0
}

/// Each dialect once, and OpenAI's with the habits of those that imitate it.
private let codecs: [any ChatCodec] = {
    let plain = Registry.standard.all.compactMap { $0.codec(for: ChatTraits(model: "model-1")) }
    let responses = Registry.standard["openai_apikey"]?.codec(for: ChatTraits(model: "gpt-6.1-sol", hasTools: true))
    return plain + [responses].compactMap { $0 }
}()

/// What a reader makes of the bytes, as an answer and an error.
private struct Reading: Equatable {
    var answer: ChatResult
    var failure: ProviderError.Code?
}

private func read(_ codec: any ChatCodec, _ pieces: [[UInt8]]) -> Reading {
    var reader = codec.streamReader()
    var collector = ChatCollector()
    do throws(ProviderError) {
        for piece in pieces {
            let failure = piece.withUnsafeBytes { buffer -> ProviderError? in
                do throws(ProviderError) {
                    try reader.feed(buffer) { collector.take($0) }
                    return nil
                } catch {
                    return error
                }
            }
            if let failure { throw failure }
        }
        try reader.end { collector.take($0) }
        return Reading(answer: collector.answer)
    } catch {
        return Reading(answer: collector.answer, failure: error.code)
    }
}

/// What passes through, and how it ends.
private struct Passing: Equatable {
    var passed: [UInt8] = []
    var ending: StreamEnding?
    var usage: Usage?
}

private func watch(_ codec: any ChatCodec, _ pieces: [[UInt8]]) -> Passing {
    guard var watch = codec.watch(hidesUsage: true) else { return Passing() }
    var passing = Passing()
    for piece in pieces {
        piece.withUnsafeBytes { buffer in watch.feed(buffer) { passing.passed += $0 } }
    }
    passing.ending = watch.end { passing.passed += $0 }
    passing.usage = watch.usage
    return passing
}
