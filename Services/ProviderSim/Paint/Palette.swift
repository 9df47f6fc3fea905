/// The colours of one picture: a sky from top to horizon, the light in it, and land from far to near.
struct Palette {
    var sky: [Colour]
    var lamp: Colour
    var far: Colour
    var near: Colour
    var accents: [Colour]
    var isDark: Bool

    init(_ scene: Scene, dice: inout Dice) {
        var palette = Self.natural(scene, dice: &dice)
        if scene.isColourless {
            palette = Self.tinted(hue: 220, saturation: 0.06, light: scene.light)
        } else if let hue = scene.hue {
            palette = Self.tinted(hue: hue, saturation: 0.62, light: scene.light)
        }
        self = palette
    }

    private init(_ sky: [UInt32], lamp: UInt32, far: UInt32, near: UInt32, accents: [UInt32], isDark: Bool = false) {
        self.sky = sky.map { Colour($0) }
        self.lamp = Colour(lamp)
        self.far = Colour(far)
        self.near = Colour(near)
        self.accents = accents.map { Colour($0) }
        self.isDark = isDark
    }

    /// The colour of layer `index` of `count`, from haze to foreground.
    func land(_ index: Int, of count: Int) -> Colour {
        let share = count < 2 ? 1 : Double(index) / Double(count - 1)
        return far.mixed(with: near, share * share * 0.35 + share * 0.65)
    }

    var horizon: Colour { sky[sky.count - 1] }

    private static func tinted(hue: Double, saturation: Double, light: Scene.Light) -> Palette {
        let tone = { (turn: Double, strength: Double, lightness: Double) in
            Colour(hue: hue + turn, saturation: min(1, saturation * strength), lightness: lightness)
        }
        let dark = light == .night || light == .storm
        // Dark yellow is olive: warm hues go towards red where they are dark.
        let deep = (20...80).contains(hue) ? -30.0 : 14
        var palette = Palette([], lamp: 0xFFF3D6, far: 0, near: 0, accents: [], isDark: dark)
        if dark {
            palette.sky = [tone(deep, 1, 0.06), tone(deep / 2, 1, 0.15), tone(-4, 0.9, 0.3), tone(-14, 1, 0.5)]
        } else {
            palette.sky = [tone(deep, 1, 0.3), tone(deep / 2, 1.05, 0.48), tone(-6, 1.2, 0.68), tone(-16, 1.4, 0.87)]
        }
        palette.far = tone(0, 0.7, dark ? 0.3 : 0.6)
        palette.near = tone(deep, 0.9, dark ? 0.045 : 0.12)
        palette.accents = [
            tone(0, 1.3, 0.6), tone(-24, 1.3, 0.66), tone(30, 1.2, 0.56), tone(180, 0.9, 0.68), tone(0, 0.5, 0.93),
        ]
        return palette
    }

    private static func natural(_ scene: Scene, dice: inout Dice) -> Palette {
        let warm: [UInt32] = [0xFF7B54, 0xFFB26B, 0xFFD56F, 0xE84A5F, 0x6A2C70]
        let fresh: [UInt32] = [0xFF6B6B, 0xFFD93D, 0xFFFFFF, 0xB084F5, 0x4D96FF]
        let cool: [UInt32] = [0x7DE2D1, 0x5AA9E6, 0xF9F9F9, 0xB892FF, 0xFFC8DD]
        switch scene.light {
        case .day:
            return dice.pick([
                Palette(
                    [0x1F6FC4, 0x56A5E8, 0xA8D8F5, 0xEAF7FB],
                    lamp: 0xFFFCEB,
                    far: 0x9CC3D9,
                    near: 0x134E48,
                    accents: fresh
                ),
                Palette(
                    [0x2F86BE, 0x7FC4DF, 0xCBE9DF, 0xFFF4D4],
                    lamp: 0xFFF9DC,
                    far: 0xA9CBB4,
                    near: 0x22512F,
                    accents: fresh
                ),
            ])
        case .dawn:
            return dice.pick([
                Palette(
                    [0x4C6FAE, 0x9BA9DA, 0xF3BFC2, 0xFFE8CB],
                    lamp: 0xFFF6E2,
                    far: 0xA9AFD2,
                    near: 0x2A3F5C,
                    accents: cool
                ),
                Palette(
                    [0x54869E, 0x9CC2C6, 0xF6D2B8, 0xFFEBD3],
                    lamp: 0xFFF8EA,
                    far: 0xB4C3C4,
                    near: 0x264653,
                    accents: warm
                ),
            ])
        case .sunset:
            return dice.pick([
                Palette(
                    [0x1B1D4D, 0x70357F, 0xEB5F6C, 0xFFC57C],
                    lamp: 0xFFF1CC,
                    far: 0xB2567E,
                    near: 0x1A1233,
                    accents: warm
                ),
                Palette(
                    [0x24386B, 0x8B5796, 0xF58C6E, 0xFFE1A0],
                    lamp: 0xFFF4D2,
                    far: 0xA96A90,
                    near: 0x211A3E,
                    accents: warm
                ),
                Palette(
                    [0x3A1C52, 0xA12F5D, 0xF26B43, 0xFFD36B],
                    lamp: 0xFFF0B8,
                    far: 0xC0534F,
                    near: 0x23102B,
                    accents: warm
                ),
            ])
        case .night:
            if scene.details.contains(.aurora) {
                return Palette(
                    [0x030D1C, 0x06263D, 0x0B4A5C, 0x2C8C80],
                    lamp: 0xF4F7E4,
                    far: 0x184E60,
                    near: 0x020B13,
                    accents: cool,
                    isDark: true
                )
            }
            return dice.pick([
                Palette(
                    [0x060A22, 0x121A4A, 0x2C2E74, 0x6A5698],
                    lamp: 0xFFF6DA,
                    far: 0x414284,
                    near: 0x060717,
                    accents: cool,
                    isDark: true
                ),
                Palette(
                    [0x050B1A, 0x0C2442, 0x1C4870, 0x4E87A0],
                    lamp: 0xFDF8E6,
                    far: 0x2E5C7E,
                    near: 0x040A14,
                    accents: cool,
                    isDark: true
                ),
            ])
        case .storm:
            return Palette(
                [0x1E2631, 0x3B4957, 0x6F828E, 0xB9C4C2],
                lamp: 0xE8EEEA,
                far: 0x6F828C,
                near: 0x10171E,
                accents: cool,
                isDark: true
            )
        case .winter:
            return Palette(
                [0x6E9CC6, 0xA9C8E2, 0xDCE9F3, 0xFDF8F2],
                lamp: 0xFFFDF6,
                far: 0xBDD2E5,
                near: 0x2C4766,
                accents: cool
            )
        case .autumn:
            return Palette(
                [0x4A7CA3, 0xA7C3C6, 0xF4DBA6, 0xFFE9BE],
                lamp: 0xFFF7DE,
                far: 0xDA9E58,
                near: 0x4C1D14,
                accents: warm
            )
        }
    }
}
