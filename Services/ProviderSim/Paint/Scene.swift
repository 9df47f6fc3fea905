/// What a prompt asks to see, as far as a simulator understands words.
struct Scene: Equatable {
    enum Place: CaseIterable { case mountains, ocean, forest, city, desert, space, meadow, geometry }
    enum Light: CaseIterable { case day, dawn, sunset, night, storm, winter, autumn }
    enum Detail: CaseIterable {
        case boat, lighthouse, birds, swallow, peaks, stars, aurora, snow, rain, balloon, house
    }

    var place: Place
    var light: Light
    var details: Set<Detail>
    /// The hue that a colour word asks for, in degrees.
    var hue: Double?
    /// Black, white or grey: no hue at all.
    var isColourless = false

    /// Reads the prompt; the dice decide what it leaves open.
    init(prompt: String, dice: inout Dice) {
        let words = Self.words(prompt)
        let known = words.compactMap { Self.places[$0] }
        place = known.first ?? dice.pick([.mountains, .ocean, .meadow, .geometry, .desert, .forest])
        let usual: [Light] = place == .space ? [.night] : [.sunset, .day, .dawn, .sunset, .night]
        let lights = words.compactMap { Self.lights[$0] }
        light = lights.contains(.night) ? .night : lights.first ?? dice.pick(usual)
        details = Set(words.compactMap { Self.details[$0] })
        hue = words.compactMap { Self.hues[$0] }.first
        isColourless = words.contains { ["black", "white", "grey", "gray", "monochrome", "noir"].contains($0) }
        if light == .night { details.insert(.stars) }
        if lights.contains(.winter) { details.insert(.snow) }
        if known.contains(.mountains) { details.insert(.peaks) }
        if hue == nil, details.contains(.aurora) { light = .night }
    }

    /// Small letters, split at everything else, with a plural's s also taken off.
    static func words(_ text: String) -> [String] {
        let plain = text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
        return plain.flatMap { word in
            word.count > 3 && word.hasSuffix("s") ? [word, String(word.dropLast())] : [word]
        }
    }

    private static func table<T>(_ entries: [(T, String)]) -> [String: T] {
        entries.reduce(into: [:]) { table, entry in
            for word in entry.1.split(separator: " ") { table[String(word)] = entry.0 }
        }
    }

    private static let places: [String: Place] = table([
        (
            .mountains,
            "mountain hill alps alpine peak valley cliff ridge glacier summit fjord volcano canyon hiker ski"
        ),
        (
            .ocean,
            "ocean sea wave beach harbour harbor boat ship sail sailboat sailing lighthouse coast island bay lake river water "
                + "surf whale dolphin fish kingfisher gull tide port lagoon"
        ),
        (.forest, "forest tree wood woods pine jungle rainforest fox deer owl bear cabin path trail moss fern"),
        (
            .city,
            "city skyline street tower building skyscraper town urban cyberpunk neon office tokyo london paris york berlin "
                + "car traffic bridge market startup robot"
        ),
        (.desert, "desert dune sand camel pyramid sahara oasis mars cactus caravan"),
        (.space, "space planet galaxy cosmos universe astronaut rocket nebula saturn orbit comet star starship alien"),
        (
            .meadow,
            "meadow flower garden field farm spring grass tulip rose poppy sunflower lavender bee butterfly picnic dog cat "
                + "horse cow sheep cottage vineyard tea"
        ),
        (
            .geometry,
            "abstract geometry geometric pattern logo shape music dj sound data network ai technology circuit art poster "
                + "minimalist bauhaus cube circle square triangle code software icon background wallpaper"
        ),
    ])

    private static let lights: [String: Light] = table([
        (.night, "night midnight moon moonlit moonlight stars starry dark aurora evening neon cyberpunk nocturnal"),
        (.sunset, "sunset dusk twilight gold golden warm romantic fire"),
        (.dawn, "dawn sunrise morning mist misty fog foggy pastel soft dreamy"),
        (.day, "day noon sunny sun summer bright clear spring tropical"),
        (.storm, "storm stormy rain rainy thunder grey gloomy dramatic"),
        (.winter, "winter snow snowy ice icy frozen christmas arctic cold"),
        (.autumn, "autumn fall october leaves harvest"),
    ])

    private static let details: [String: Detail] = table([
        (.boat, "boat ship sail sailboat sailing regatta yacht"),
        (.lighthouse, "lighthouse harbour harbor beacon"),
        (.birds, "gull seagull flock"), (.swallow, "bird martlet swallow eagle kingfisher raven hawk falcon martin"),
        (.stars, "stars starry star"),
        (.aurora, "aurora northern borealis"),
        (.snow, "snow snowy snowing blizzard"),
        (.rain, "rain rainy storm stormy"),
        (.balloon, "balloon balloons"),
        (.house, "house cabin cottage hut farm barn home"),
    ])

    private static let hues: [String: Double] = table([
        (2, "red crimson scarlet ruby"), (24, "orange amber copper"), (42, "yellow honey"),
        (125, "green emerald lime mint"), (178, "teal turquoise cyan aqua"), (214, "blue azure navy sapphire cobalt"),
        (268, "purple violet lilac indigo lavender"), (326, "pink magenta rose fuchsia"), (18, "brown bronze rust"),
    ])
}
