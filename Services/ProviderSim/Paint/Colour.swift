/// A colour in sRGB, each part 0 to 1.
struct Colour: Equatable {
    var red: Double
    var green: Double
    var blue: Double

    init(red: Double, green: Double, blue: Double) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    init(_ hex: UInt32) {
        let part = { (shift: UInt32) in Double(hex >> shift & 0xFF) / 255 }
        self.init(red: part(16), green: part(8), blue: part(0))
    }

    /// Hue in degrees, saturation and lightness 0 to 1 (CSS Color 4 §7).
    init(hue: Double, saturation: Double, lightness: Double) {
        let amplitude = saturation * min(lightness, 1 - lightness)
        let part = { (offset: Double) -> Double in
            let turn = (offset + hue / 30).truncatingRemainder(dividingBy: 12)
            let position = turn < 0 ? turn + 12 : turn
            return lightness - amplitude * max(-1, min(position - 3, 9 - position, 1))
        }
        self.init(red: part(0), green: part(8), blue: part(4))
    }

    static let white = Colour(0xFFFFFF)
    static let black = Colour(0x000000)

    func mixed(with other: Colour, _ share: Double) -> Colour {
        Colour(
            red: red + (other.red - red) * share,
            green: green + (other.green - green) * share,
            blue: blue + (other.blue - blue) * share
        )
    }

    func lighter(_ share: Double) -> Colour { mixed(with: .white, share) }

    func darker(_ share: Double) -> Colour { mixed(with: .black, share) }

    /// `#rrggbb`.
    var css: String {
        let digits = Array("0123456789abcdef")
        return [red, green, blue].reduce(into: "#") { text, part in
            let value = Int((min(max(part, 0), 1) * 255).rounded())
            text.append(digits[value >> 4])
            text.append(digits[value & 15])
        }
    }
}
