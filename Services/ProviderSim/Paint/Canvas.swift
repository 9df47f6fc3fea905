/// An SVG under construction: definitions, and layers from back to front.
///
/// Layers exist so that a picture can be shown half done, as providers do with partial images.
struct Canvas {
    let width: Double
    let height: Double
    private var definitions = ""
    private var layers: [String] = [""]
    private var names = 0

    init(width: Int, height: Int) {
        self.width = Double(width)
        self.height = Double(height)
    }

    /// A thousandth of the shorter side: strokes and objects are sized in it.
    var unit: Double { min(width, height) / 1_000 }

    mutating func beginLayer() { layers.append("") }

    // MARK: Shapes

    mutating func rect(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ paint: String, round: Double = 0)
    {
        add(
            "<rect x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(width))\" height=\"\(n(height))\" rx=\"\(n(round))\" \(paint)/>"
        )
    }

    mutating func circle(_ x: Double, _ y: Double, _ radius: Double, _ paint: String) {
        add("<circle cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"\(n(radius))\" \(paint)/>")
    }

    mutating func ellipse(_ x: Double, _ y: Double, _ across: Double, _ down: Double, _ paint: String) {
        add("<ellipse cx=\"\(n(x))\" cy=\"\(n(y))\" rx=\"\(n(across))\" ry=\"\(n(down))\" \(paint)/>")
    }

    mutating func path(_ data: String, _ paint: String) {
        add("<path d=\"\(data)\" \(paint)/>")
    }

    mutating func add(_ element: String) { layers[layers.count - 1] += element }

    // MARK: Paint

    func fill(_ colour: Colour, _ opacity: Double = 1) -> String {
        opacity < 1 ? "fill=\"\(colour.css)\" fill-opacity=\"\(n(opacity, 3))\"" : "fill=\"\(colour.css)\""
    }

    func stroke(_ colour: Colour, _ width: Double, _ opacity: Double = 1) -> String {
        "fill=\"none\" stroke=\"\(colour.css)\" stroke-width=\"\(n(width, 2))\" stroke-opacity=\"\(n(opacity, 3))\" "
            + "stroke-linecap=\"round\""
    }

    /// A gradient from `top` to `bottom` in the picture's own coordinates.
    mutating func vertical(_ stops: [(Double, Colour, Double)], from top: Double, to bottom: Double) -> String {
        gradient("linearGradient", "x1=\"0\" x2=\"0\" y1=\"\(n(top))\" y2=\"\(n(bottom))\"", stops)
    }

    mutating func slanted(_ stops: [(Double, Colour, Double)], _ from: (Double, Double), _ to: (Double, Double))
        -> String
    {
        let line = "x1=\"\(n(from.0))\" y1=\"\(n(from.1))\" x2=\"\(n(to.0))\" y2=\"\(n(to.1))\""
        return gradient("linearGradient", line, stops)
    }

    mutating func radial(_ stops: [(Double, Colour, Double)], _ x: Double, _ y: Double, _ radius: Double) -> String {
        gradient("radialGradient", "cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"\(n(radius))\"", stops)
    }

    private mutating func gradient(_ kind: String, _ geometry: String, _ stops: [(Double, Colour, Double)]) -> String {
        names += 1
        definitions += "<\(kind) id=\"g\(names)\" gradientUnits=\"userSpaceOnUse\" \(geometry)>"
        for (offset, colour, opacity) in stops {
            definitions +=
                "<stop offset=\"\(n(offset, 3))\" stop-color=\"\(colour.css)\" stop-opacity=\"\(n(opacity, 3))\"/>"
        }
        definitions += "</\(kind)>"
        return "fill=\"url(#g\(names))\""
    }

    // MARK: The text

    /// The whole drawing, or only that share of its layers.
    func svg(share: Double = 1) -> String {
        let shown = max(1, Int((Double(layers.count) * share).rounded()))
        let size = "width=\"\(n(width))\" height=\"\(n(height))\" viewBox=\"0 0 \(n(width)) \(n(height))\""
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" \(size)><defs>\(definitions)</defs>"
            + layers.prefix(shown).joined() + "</svg>"
    }
}

/// A number with at most that many decimals, which is all that an SVG needs.
func n(_ value: Double, _ decimals: Int = 1) -> String {
    guard value.isFinite else { return "0" }
    let scale = [1, 10, 100, 1_000][min(max(decimals, 0), 3)]
    let scaled = Int((min(max(value, -1e9), 1e9) * Double(scale)).rounded())
    let (whole, rest) = abs(scaled).quotientAndRemainder(dividingBy: scale)
    let sign = scaled < 0 ? "-" : ""
    guard rest > 0 else { return "\(sign)\(whole)" }
    let digits = String(String(scale + rest).dropFirst())
    return "\(sign)\(whole).\(digits)"
}
