/// Mountains, dunes, meadows and woods.
extension Painter {
    /// A veil over a layer's foot, so that the next one stands in front of mist.
    private mutating func mist(from top: Double, to bottom: Double, _ strength: Double) {
        let haze = palette.horizon.mixed(with: palette.far, 0.35)
        let veil = canvas.vertical([(0, haze, 0), (1, haze, strength)], from: top, to: bottom)
        canvas.rect(0, top, width, bottom - top, veil)
    }

    mutating func paintMountains() {
        let layers = 5
        for layer in 0..<layers {
            let depth = Double(layer) / Double(layers - 1)
            let rise = height * (0.34 - 0.12 * depth)
            let base = horizon + height * (0.02 + 0.28 * depth)
            let heights = ridge(rise: rise, roughness: 0.52 - 0.04 * depth).map { $0 * (1 - 0.25 * depth) }
            let colour = palette.land(layer, of: layers)
            let top = base - (heights.max() ?? 0)
            let rock = canvas.vertical(
                [(0, colour.darker(0.05), 1), (1, colour.mixed(with: palette.horizon, 0.34 * (1 - depth)), 1)],
                from: top,
                to: base + height * 0.1
            )
            canvas.path(ground(heights, base: base), rock)
            paintSlopes(heights, base: base, layer: layer)
            if layer < layers - 1 { mist(from: base - rise * 0.35, to: base + height * 0.13, 0.55 * (1 - depth)) }
            canvas.beginLayer()
        }
        paintPines(base: height * 0.93, size: 74 * unit, colour: palette.near.darker(0.25), density: 1.15)
    }

    /// Light on the slopes that face the lamp, and snow near the tops.
    private mutating func paintSlopes(_ heights: [Double], base: Double, layer: Int) {
        // Every eighth point: facets of a mountain's size, not scratches.
        let heights = heights.enumerated().filter { $0.offset % 8 == 0 }.map(\.element)
        let step = width / Double(heights.count - 1)
        let fromLeft = lamp.x < width / 2
        let top = base - (heights.max() ?? 0)
        let reach = 95 * unit
        var lit = ""
        for index in 1..<heights.count where (heights[index] < heights[index - 1]) != fromLeft {
            let (x, next) = (Double(index - 1) * step, Double(index) * step)
            let lean = (fromLeft ? -0.22 : 0.22) * reach
            lit += "M\(n(x)) \(n(base - heights[index - 1]))L\(n(next)) \(n(base - heights[index]))"
            lit += "l\(n(lean)) \(n(reach))L\(n(x + lean)) \(n(base - heights[index - 1] + reach))Z"
        }
        let light = palette.lamp.mixed(with: palette.horizon, 0.35)
        let glow = palette.isDark ? 0.1 : 0.26
        canvas.path(lit, canvas.vertical([(0, light, glow), (1, light, 0)], from: top, to: base))
        let snowy = scene.details.contains(.snow) || (scene.light != .autumn && layer < 2)
        guard snowy, layer < 3 else { return }
        let snow = canvas.vertical([(0, .white, 0.85), (0.42, .white, 0.3), (0.62, .white, 0)], from: top, to: base)
        canvas.path(ground(heights, base: base), snow)
    }

    /// A row of firs along the lower edge of a layer.
    mutating func paintPines(base: Double, size: Double, colour: Colour, density: Double) {
        var x = -size
        var wood = ""
        while x < width + size {
            let tall = size * dice.real(0.6...1.5)
            let foot = base + dice.real(-0.12...0.3) * size
            let half = tall * 0.22
            for tier in 0..<4 {
                let share = Double(tier) / 4
                let (apex, brim) = (foot - tall * (1 - share * 0.8), foot - tall * (0.6 - share * 0.66))
                let wide = half * (0.42 + 0.62 * share)
                wood += "M\(n(x)) \(n(apex))L\(n(x + wide)) \(n(brim))L\(n(x - wide)) \(n(brim))Z"
            }
            wood +=
                "M\(n(x - half * 0.12)) \(n(foot - tall * 0.1))h\(n(half * 0.24))V\(n(foot + tall * 0.2))h\(n(-half * 0.24))Z"
            x += size * dice.real(0.16...0.5) / density
        }
        canvas.path(wood, canvas.fill(colour))
        canvas.rect(
            0,
            base,
            width,
            max(0, height - base),
            canvas.vertical([(0, colour, 0.3), (0.14, colour, 1)], from: base, to: height)
        )
    }

    mutating func paintForest() {
        let back = ridge(rise: height * 0.2)
        canvas.path(ground(back, base: horizon), canvas.fill(palette.far.mixed(with: palette.horizon, 0.25)))
        mist(from: horizon - height * 0.12, to: horizon + height * 0.08, 0.7)
        let layers = 5
        for layer in 0..<layers {
            let depth = Double(layer) / Double(layers - 1)
            let base = horizon + height * (0.02 + 0.3 * depth)
            let colour = palette.land(layer, of: layers)
            paintPines(
                base: base,
                size: (86 + 170 * depth * depth + 60 * depth) * unit,
                colour: colour,
                density: 1.6 - 0.75 * depth
            )
            if layer < layers - 1 { mist(from: base - height * 0.1, to: base + height * 0.1, 0.62 * (1 - depth)) }
            canvas.beginLayer()
        }
        if scene.details.contains(.house) { paintHouse(x: width * 0.36, base: height * 0.86, size: 110 * unit) }
        paintFireflies()
    }

    private mutating func paintFireflies() {
        let spark = palette.isDark ? Colour(0xFFE9A0) : palette.lamp
        for _ in 0..<26 {
            let (x, y, size) = (dice.real(0...width), dice.real(0.55...0.95) * height, dice.real(1.6...3.6) * unit)
            canvas.circle(x, y, size * 4, canvas.radial([(0, spark, 0.4), (1, spark, 0)], x, y, size * 4))
            canvas.circle(x, y, size, canvas.fill(spark, 0.9))
        }
    }

    mutating func paintHouse(x: Double, base: Double, size: Double) {
        let wall = palette.near.mixed(with: palette.accents[0], 0.3)
        let window = Colour(0xFFDF8E)
        canvas.rect(x + size * 0.62, base - size * 0.98, size * 0.13, size * 0.4, canvas.fill(wall.darker(0.5)))
        canvas.rect(x, base - size * 0.56, size, size * 0.6, canvas.fill(wall))
        canvas.path(
            "M\(n(x - size * 0.12)) \(n(base - size * 0.52))L\(n(x + size / 2)) \(n(base - size))L\(n(x + size * 1.12)) "
                + "\(n(base - size * 0.52))Z",
            canvas.fill(wall.darker(0.4))
        )
        for left in [0.16, 0.6] {
            let (cx, cy) = (x + size * (left + 0.12), base - size * 0.28)
            canvas.circle(cx, cy, size * 0.5, canvas.radial([(0, window, 0.45), (1, window, 0)], cx, cy, size * 0.5))
            canvas.rect(x + size * left, base - size * 0.42, size * 0.24, size * 0.26, canvas.fill(window))
        }
    }

    mutating func paintDesert() {
        let layers = 5
        let sand = scene.hue == nil && !scene.isColourless
        let light = sand ? Colour(0xF2B872).mixed(with: palette.horizon, 0.25) : palette.far
        let dark = sand ? Colour(0x7A3B2A).mixed(with: palette.near, palette.isDark ? 0.75 : 0.35) : palette.near
        for layer in 0..<layers {
            let depth = Double(layer) / Double(layers - 1)
            let base = horizon + height * (0.03 + 0.31 * depth)
            let heights = roll(rise: height * (0.035 + 0.045 * depth), waves: 1.5 - 0.9 * depth)
            let colour = light.mixed(with: dark, depth * 0.72 + (palette.isDark ? 0.28 : 0))
            let shade = canvas.vertical(
                [(0, colour.lighter(0.16), 1), (1, colour.darker(0.28), 1)],
                from: base - height * 0.08,
                to: base + height * 0.2
            )
            canvas.path(ground(heights, base: base), shade)
            paintDuneShadow(heights, base: base, colour: colour.darker(0.45))
            canvas.beginLayer()
        }
    }

    /// The side that the sun does not reach: from each crest a wedge down to the right or left.
    private mutating func paintDuneShadow(_ heights: [Double], base: Double, colour: Colour) {
        let step = width / 96
        let side = lamp.x < width / 2 ? 1.0 : -1.0
        for index in 6..<(heights.count - 6)
        where heights[index] > heights[index - 1] && heights[index] >= heights[index + 1] {
            let (x, y) = (Double(index) * step, base - heights[index])
            let far = x + side * width * 0.34
            let deep = y + height * 0.17
            let wedge = canvas.slanted([(0, colour, 0.6), (1, colour, 0)], (x, y), (far, deep))
            canvas.path(
                "M\(n(x)) \(n(y))C\(n(x + side * width * 0.02)) \(n(y + height * 0.07)) \(n(x - side * width * 0.05)) "
                    + "\(n(y + height * 0.1)) \(n(x + side * width * 0.04)) \(n(deep))L\(n(far)) \(n(deep))"
                    + "L\(n(far)) \(n(base - heights[min(96, max(0, index + Int(side) * 33))]))"
                    + stride(from: 32, through: 0, by: -2).map { offset in
                        let at = min(96, max(0, index + Int(side) * offset))
                        return "L\(n(Double(at) * step)) \(n(base - heights[at]))"
                    }.joined() + "Z",
                wedge
            )
        }
    }

    mutating func paintMeadow() {
        let back = ridge(rise: height * 0.16)
        canvas.path(ground(back, base: horizon), canvas.fill(palette.far))
        mist(from: horizon - height * 0.1, to: horizon + height * 0.06, 0.5)
        let grass = scene.hue == nil && !scene.isColourless && [.day, .dawn].contains(scene.light)
        let near = grass ? Colour(0x2F7D3A).mixed(with: palette.near, 0.25) : palette.near
        let far =
            grass ? Colour(0xA8CF7A).mixed(with: palette.horizon, 0.3) : palette.far.mixed(with: palette.near, 0.2)
        let layers = 4
        for layer in 0..<layers {
            let depth = Double(layer) / Double(layers - 1)
            let base = horizon + height * (0.03 + 0.25 * depth)
            let colour = far.mixed(with: near, depth)
            let turf = canvas.vertical(
                [(0, colour.lighter(0.18), 1), (1, colour.darker(0.2), 1)],
                from: base - height * 0.05,
                to: base + height * 0.22
            )
            canvas.path(ground(roll(rise: height * 0.028, waves: 1.3), base: base), turf)
            if layer == 1 { paintRoundTrees(base: base, colour: colour.darker(0.35)) }
            if layer == 1, scene.details.contains(.house) {
                paintHouse(x: width * 0.62, base: base + height * 0.03, size: 92 * unit)
            }
            canvas.beginLayer()
        }
        paintFlowers(stem: near.darker(0.3))
    }

    private mutating func paintRoundTrees(base: Double, colour: Colour) {
        for _ in 0..<dice.whole(5...9) {
            let (x, size) = (dice.real(0...width), dice.real(22...48) * unit)
            canvas.rect(x - size * 0.07, base - size * 0.6, size * 0.14, size * 0.9, canvas.fill(colour.darker(0.4)))
            for _ in 0..<5 {
                let at = (x: x + dice.real(-0.42...0.42) * size, y: base - size * dice.real(0.7...1.3))
                canvas.circle(
                    at.x,
                    at.y,
                    size * dice.real(0.32...0.5),
                    canvas.fill(colour.lighter(dice.real(0...0.14)))
                )
            }
        }
    }

    private mutating func paintFlowers(stem: Colour) {
        let share = min(3, width * height / 1_048_576)
        for row in 0..<7 {
            let depth = Double(row) / 6
            for _ in 0..<Int(34 * share * (1.5 - depth)) {
                let (x, y) = (dice.real(0...width), height * (0.72 + 0.3 * depth) + dice.real(-18...18) * unit)
                let size = (4 + 13 * depth * depth + 3 * depth) * unit * dice.real(0.7...1.2)
                canvas.path(
                    "M\(n(x)) \(n(y))q\(n(dice.real(-6...6) * unit)) \(n(size)) 0 \(n(size * 3.6))",
                    canvas.stroke(stem, size * 0.2)
                )
                let petal = canvas.fill(dice.pick(palette.accents))
                for turn in 0..<5 {
                    let angle = Double(turn) * 1.2566 + depth
                    canvas.circle(
                        x + Sine.cosine(angle) * size * 0.55,
                        y + Sine.of(angle) * size * 0.5,
                        size * 0.46,
                        petal
                    )
                }
                canvas.circle(x, y, size * 0.34, canvas.fill(Colour(0xFFE08A)))
            }
        }
    }
}
