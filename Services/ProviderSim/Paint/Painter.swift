/// Draws one scene: sky, then land or water from far to near, then the prompt's words.
///
/// Pure: the same prompt, size and variation give the same text. Each part of the country has a file of its own.
struct Painter {
    var canvas: Canvas
    var dice: Dice
    let scene: Scene
    let palette: Palette
    /// Where sun or moon stands; part of it may be below the horizon.
    let lamp: Lamp

    struct Lamp {
        var x: Double
        var y: Double
        var radius: Double
    }

    var width: Double { canvas.width }
    var height: Double { canvas.height }
    var unit: Double { canvas.unit }
    /// Where land or water begins.
    var horizon: Double { height * 0.6 }

    init(prompt: String, width: Int, height: Int, variation: Int = 0) {
        canvas = Canvas(width: width, height: height)
        dice = Dice(prompt, variation: variation)
        scene = Scene(prompt: prompt, dice: &dice)
        palette = Palette(scene, dice: &dice)
        lamp = Self.lamp(scene, canvas, &dice)
    }

    private static func lamp(_ scene: Scene, _ canvas: Canvas, _ dice: inout Dice) -> Lamp {
        let (depth, radius): (ClosedRange<Double>, Double) =
            switch scene.light {
            case .sunset: (0.72...0.86, 82)
            case .dawn: (0.6...0.75, 62)
            case .night: (0.22...0.36, 52)
            default: (0.22...0.38, 58)
            }
        let side = dice.chance(0.5) ? dice.real(0.2...0.4) : dice.real(0.6...0.8)
        return Lamp(x: canvas.width * side, y: canvas.height * 0.6 * dice.real(depth), radius: radius * canvas.unit)
    }

    mutating func paint() {
        switch scene.place {
        case .space:
            paintSpace()
        case .geometry:
            paintGeometry()
        default:
            paintSky()
            paintPlace()
        }
    }

    private mutating func paintPlace() {
        switch scene.place {
        case .mountains: paintMountains()
        case .ocean: paintOcean()
        case .forest: paintForest()
        case .city: paintCity()
        case .desert: paintDesert()
        default: paintMeadow()
        }
        if scene.details.contains(.balloon) { paintBalloons() }
        if scene.details.contains(.swallow) { paintSwallow() }
        paintWeather()
    }

    // MARK: Lines that land is made of

    /// A jagged line by midpoint displacement: heights over the base, evenly spaced from left to right.
    mutating func ridge(rise: Double, roughness: Double = 0.5, steps: Int = 8) -> [Double] {
        var heights = [dice.real(0.1...0.7) * rise, dice.real(0.1...0.7) * rise]
        var swing = rise * 0.62
        for _ in 0..<steps {
            var finer = [heights[0]]
            for index in 1..<heights.count {
                let middle = (heights[index - 1] + heights[index]) / 2
                finer.append(middle + dice.real(-swing...swing))
                finer.append(heights[index])
            }
            heights = finer
            swing *= roughness
        }
        return heights
    }

    /// A rolling line: three sines of different length.
    mutating func roll(rise: Double, waves: Double) -> [Double] {
        let parts = (1...3).map { part in
            (waves * Double(part) * dice.real(0.8...1.25), dice.real(0...6.28), rise / Double(part * part))
        }
        return (0...96).map { step in
            let along = Double(step) / 96
            return parts.reduce(0) { $0 + Sine.of($1.0 * along * 6.2832 + $1.1) * $1.2 }
        }
    }

    /// The line as a path from edge to edge, without its closing.
    func line(_ heights: [Double], base: Double) -> String {
        let step = width / Double(heights.count - 1)
        return heights.enumerated().reduce(into: "") { data, point in
            data += "\(point.offset == 0 ? "M" : "L")\(n(Double(point.offset) * step)) \(n(base - point.element))"
        }
    }

    /// Everything below the line.
    func ground(_ heights: [Double], base: Double) -> String {
        "\(line(heights, base: base))L\(n(width)) \(n(height))L0 \(n(height))Z"
    }
}

/// A sine without the C library, exact to three digits, which is a quarter of a pixel here.
enum Sine {
    static func of(_ angle: Double) -> Double {
        let turns = angle / 6.283185307179586
        let share = turns - turns.rounded(.down)
        let folded = share < 0.5 ? share : share - 0.5
        let parabola = 16 * folded * (0.5 - folded)
        let value = 0.225 * (parabola * parabola - parabola) + parabola
        return share < 0.5 ? value : -value
    }

    static func cosine(_ angle: Double) -> Double { of(angle + 1.5707963267948966) }
}
