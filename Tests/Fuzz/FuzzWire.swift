// Any bytes must give a message or an error, and whatever is read must write itself again. From the repository's root:
//   mkdir -p /tmp/fuzz && swiftc -O -wmo -parse-as-library -module-name JSON -emit-module -emit-module-path /tmp/fuzz/JSON.swiftmodule \
//     -sanitize=fuzzer,address -emit-object -o /tmp/fuzz/JSON.o Shared/JSON/*.swift
//   swiftc -O -wmo -parse-as-library -sanitize=fuzzer,address -enable-upcoming-feature InternalImportsByDefault -I /tmp/fuzz \
//     -o /tmp/fuzz/wire Shared/Wire/*.swift Tests/Fuzz/FuzzWire.swift /tmp/fuzz/JSON.o -lm
//   mkdir -p /tmp/fuzz/corpus && /tmp/fuzz/wire -max_total_time=30 -max_len=4096 /tmp/fuzz/corpus Tests/Fixtures/wire

import JSON

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = UnsafeRawBufferPointer(start: data, count: count)
    fuzzDocument(bytes)
    fuzzRecording(Array(bytes))
    return 0
}

private let fuzzKeys: JSONKeys = ["model", "stream", "id"]

/// Scanner and tree agree, and a tree written is a tree read.
private func fuzzDocument(_ bytes: UnsafeRawBufferPointer) {
    let isValid = (try? JSONScanner.validate(bytes)) != nil
    _ = try? JSONScanner.members(of: bytes, wanted: fuzzKeys)
    do throws(JSONError) {
        let tree = try JSONValue(parsing: bytes)
        precondition(isValid, "the tree takes what the scanner refuses")
        precondition((try? JSONValue(parsing: tree.bytes)) == tree, "a tree doesn't come back")
    } catch {
        precondition(!isValid || error.code == .duplicateKey, "the scanner takes what the tree refuses")
    }
}

private func fuzzRecording(_ bytes: [UInt8]) {
    var reader = RecordingReader()
    reader.append(bytes)
    let redaction = Redaction { _ in [1] }
    while reader.unread > 0 {
        do throws(WireError) {
            guard let message = try reader.next() else {
                guard reader.skip() else { return }
                continue
            }
            let again = try Message(
                firstFrame: message.encodeFirstFrame(),
                attachments: message.attachments,
                unknownKinds: .kept
            )
            precondition(again == message, "a message doesn't come back")
            precondition((try? JSONValue(parsing: redaction.redact(message))) != nil, "redaction breaks a payload")
            let body = try message.anyBody()
            precondition(
                (try? type(of: body).init(JSONValue(parsing: body.encoded()))) != nil,
                "a body doesn't come back"
            )
        } catch {
            continue
        }
    }
}
