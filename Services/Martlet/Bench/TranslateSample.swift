import Crypto
import JSON
import Providers

/// A dialect with a piece of its stream, as its provider would send it.
struct TranslateSample {
    let codec: any ChatCodec
    /// What comes before the first piece.
    let opening: [UInt8]
    /// A piece with about ten characters of text.
    let piece: [UInt8]

    var dialect: Dialect { codec.dialect }

    private init?(_ type: String, _ traits: ChatTraits, opening: String = "", piece: String) {
        guard let codec = Registry.standard[type]?.codec(for: traits) else { return nil }
        self.codec = codec
        self.opening = Array(opening.utf8)
        self.piece = Array(piece.utf8)
    }

    private init?(_ type: String, frames: String) {
        guard let codec = Registry.standard[type]?.codec(for: ChatTraits(model: "bench")),
            let piece = try? Base64.decode(frames)
        else { return nil }
        self.codec = codec
        opening = []
        self.piece = piece
    }

    static var all: [TranslateSample] {
        let plain = ChatTraits(model: "bench")
        return [
            TranslateSample("openai_apikey", plain, piece: openAI),
            TranslateSample(
                "openai_apikey",
                ChatTraits(model: "gpt-6.1-sol", hasTools: true),
                opening: responsesOpening,
                piece: responses
            ),
            TranslateSample("anthropic_apikey", plain, opening: anthropicOpening, piece: anthropic),
            TranslateSample("gemini_apikey", plain, piece: gemini),
            TranslateSample("bedrock", frames: bedrock),
        ].compactMap { $0 }
    }

    /// About 2 KB: a conversation of ten turns with a tool.
    static let request: [UInt8] = {
        let turns = (0..<10).map { index in
            #"{"role":"\#(index % 2 == 0 ? "user" : "assistant")","content":"Turn \#(index): the quick brown fox jumps "#
                + #"over the lazy dog, says \"good evening\" and goes home to read a page or two in its warm bed."}"#
        }
        let tool =
            #"{"type":"function","function":{"name":"tide_height","description":"How high the water stands","#
            + #""parameters":{"type":"object","properties":{"harbour":{"type":"string"}},"required":["harbour"]}}}"#
        let text =
            #"{"model":"bench","messages":[{"role":"system","content":"Be brief."},"# + turns.joined(separator: ",")
            + #"],"tools":[\#(tool)],"stream":true,"temperature":0.7,"max_tokens":512,"user":"u-1"}"#
        return Array(text.utf8)
    }()

    private static let openAI =
        #"data: {"id":"chatcmpl-fixture0123456789","object":"chat.completion.chunk","created":1795176000,"#
        + #""model":"gpt-6.1-sol","system_fingerprint":"fp_1","choices":[{"index":0,"#
        + #""delta":{"content":" kingfisher"},"logprobs":null,"finish_reason":null}],"usage":null}"# + "\n\n"

    private static let responsesOpening =
        "event: response.output_item.added\n"
        + #"data: {"type":"response.output_item.added","output_index":0,"item":{"id":"msg_1","type":"message","#
        + #""status":"in_progress","role":"assistant","content":[]},"sequence_number":2}"# + "\n\n"
    private static let responses =
        "event: response.output_text.delta\n"
        + #"data: {"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"content_index":0,"#
        + #""delta":" kingfisher","logprobs":[],"sequence_number":4}"# + "\n\n"

    private static let anthropicOpening =
        "event: message_start\n"
        + #"data: {"type":"message_start","message":{"id":"msg_01fixture","type":"message","role":"assistant","#
        + #""model":"claude-sonnet-5-5","content":[],"stop_reason":null,"stop_sequence":null,"#
        + #""usage":{"input_tokens":31,"output_tokens":1}}}"# + "\n\nevent: content_block_start\n"
        + #"data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"# + "\n\n"
    private static let anthropic =
        "event: content_block_delta\n"
        + #"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" kingfisher"}}"# + "\n\n"

    private static let gemini =
        #"data: {"candidates":[{"index":0,"content":{"parts":[{"text":" kingfisher"}],"role":"model"}}],"#
        + #""usageMetadata":{"promptTokenCount":12,"candidatesTokenCount":6,"totalTokenCount":18,"#
        + #""promptTokensDetails":[{"modality":"TEXT","tokenCount":12}]},"modelVersion":"gemini-3.8-flash","#
        + #""responseId":"fixture01"}"# + "\r\n\r\n"

    /// A `contentBlockDelta` frame with both checksums.
    private static let bedrock =
        "AAAApwAAAFdSKli4CzpldmVudC10eXBlBwARY29udGVudEJsb2NrRGVsdGENOmNvbnRlbnQtdHlwZQcAEGFwcGxpY2F0aW9uL2pzb24NOm1l"
        + "c3NhZ2UtdHlwZQcABWV2ZW50eyJjb250ZW50QmxvY2tJbmRleCI6MCwiZGVsdGEiOnsidGV4dCI6IktpbmdmaXNoZXJzIn0sInAiOiJhYmMi"
        + "fRLRRTE="
}
