/// The sea: what the sky does to it, and what floats on it.
extension Painter {
    mutating func paintOcean() {
        let peaks = scene.details.contains(.peaks)
        if peaks || dice.chance(0.7) {
            let line = ridge(rise: height * (peaks ? 0.26 : 0.13), roughness: 0.5)
            let island =
                peaks ? line.map { abs($0) } : line.enumerated().map { $1 * Sine.of(Double($0) / 256 * 3.1416) }
            let rock = palette.far.mixed(with: palette.near, peaks ? 0.3 : 0)
            canvas.path(
                ground(island, base: horizon + 2),
                canvas.vertical(
                    [(0, rock, 1), (1, rock.mixed(with: palette.horizon, 0.5), 1)],
                    from: horizon - height * 0.2,
                    to: horizon
                )
            )
            if peaks {
                let snow = canvas.vertical(
                    [(0, .white, 0.75), (1, .white, 0)],
                    from: horizon - height * 0.26,
                    to: horizon - height * 0.1
                )
                canvas.path(ground(island, base: horizon + 2), snow)
            }
        }
        let sea = palette.horizon.mixed(with: palette.sky[1], 0.55)
        let deep = palette.near.mixed(with: palette.sky[0], 0.55)
        let water = canvas.vertical(
            [(0, sea.mixed(with: palette.horizon, 0.3), 1), (0.25, sea.mixed(with: deep, 0.42), 1), (1, deep, 1)],
            from: horizon,
            to: height
        )
        canvas.rect(0, horizon, width, height - horizon, water)
        paintGlitter()
        canvas.beginLayer()
        paintRipples()
        if scene.details.contains(.lighthouse) { paintLighthouse() }
        if scene.details.contains(.boat) || (!scene.details.contains(.snow) && dice.chance(0.55)) { paintBoats() }
        canvas.beginLayer()
        paintWaves(deep)
    }

    /// The lamp's road over the water: short strokes, wider and sparser towards us.
    private mutating func paintGlitter() {
        let x = lamp.x
        let glow = palette.lamp
        let strength = scene.light == .storm ? 0.25 : 0.8
        for step in 0..<120 {
            let depth = Double(step) / 119
            let y = horizon + 2 * unit + (height - horizon) * depth * depth * 0.92
            let spread = (16 + 130 * depth) * unit
            let long = dice.real(8...34) * unit * (0.4 + 1.3 * depth)
            let at = x + dice.real(-1...1) * dice.real(0...1) * spread
            canvas.ellipse(
                at,
                y,
                long,
                (0.9 + 2.6 * depth) * unit,
                canvas.fill(glow, strength * dice.real(0.25...0.85) * (1 - depth * 0.6))
            )
        }
    }

    private mutating func paintRipples() {
        let light = palette.horizon.lighter(0.3)
        for _ in 0..<130 {
            let depth = dice.real(0...1)
            let y = horizon + (height - horizon) * depth * depth
            let long = dice.real(10...50) * unit * (0.3 + 1.4 * depth)
            canvas.ellipse(
                dice.real(0...width),
                y,
                long,
                (0.6 + 1.5 * depth) * unit,
                canvas.fill(light, dice.real(0.06...0.2))
            )
        }
    }

    private mutating func paintWaves(_ deep: Colour) {
        for layer in 0..<4 {
            let depth = Double(layer) / 3
            let base = height * (0.79 + 0.066 * Double(layer))
            let heights = roll(rise: (8 + 9 * depth) * unit, waves: 3.4 - depth)
            let colour = deep.mixed(with: palette.sky[1], 0.3 * (1 - depth)).darker(0.12 * depth)
            canvas.path(
                ground(heights, base: base),
                canvas.vertical([(0, colour, 0.82), (1, colour.darker(0.3), 0.96)], from: base, to: height)
            )
            canvas.path(
                line(heights, base: base),
                canvas.stroke(palette.horizon.lighter(0.4), (1.6 + depth) * unit, 0.32)
            )
        }
    }

    /// Small ones far out first, then one near by, on the side that the lamp leaves free.
    private mutating func paintBoats() {
        for _ in 0..<dice.whole(0...2) {
            let depth = dice.real(0.05...0.14)
            let base = horizon + (height - horizon) * depth
            paintBoat(x: width * dice.real(0.1...0.9), base: base, size: (34 + 150 * depth) * unit)
        }
        let isLeft = scene.details.contains(.lighthouse) == (lamp.x < width / 2)
        let x = width * (isLeft ? dice.real(0.24...0.42) : dice.real(0.58...0.76))
        paintBoat(x: x, base: horizon + (height - horizon) * 0.44, size: 100 * unit)
    }

    private mutating func paintBoat(x: Double, base: Double, size: Double) {
        let hull = palette.near.darker(0.2)
        let sail = palette.isDark ? palette.horizon.lighter(0.35) : palette.accents[0].mixed(with: .white, 0.55)
        let (mast, top) = (x, base - size * 1.5)
        let cloth = canvas.slanted(
            [(0, sail.lighter(0.4), 1), (1, sail.darker(0.16), 1)],
            (x - size, top),
            (x + size, base)
        )
        canvas.path(
            "M\(n(mast + size * 0.05)) \(n(top))Q\(n(x + size * 0.78)) \(n(base - size * 0.72)) \(n(x + size * 0.72)) \(n(base - size * 0.26))H\(n(mast + size * 0.05))Z",
            cloth
        )
        canvas.path(
            "M\(n(mast - size * 0.05)) \(n(top + size * 0.22))Q\(n(x - size * 0.44)) \(n(base - size * 0.7)) \(n(x - size * 0.62)) \(n(base - size * 0.26))H\(n(mast - size * 0.05))Z",
            canvas.fill(sail.darker(0.1))
        )
        canvas.rect(mast - size * 0.02, top - size * 0.06, size * 0.04, size * 1.5, canvas.fill(hull))
        canvas.path(
            "M\(n(x - size * 0.8)) \(n(base - size * 0.18))H\(n(x + size * 0.88))Q\(n(x + size * 0.68)) \(n(base + size * 0.14)) \(n(x + size * 0.4)) \(n(base + size * 0.14))H\(n(x - size * 0.46))Q\(n(x - size * 0.7)) \(n(base + size * 0.1)) \(n(x - size * 0.8)) \(n(base - size * 0.18))Z",
            canvas.fill(hull)
        )
        for step in 1...9 {
            let y = base + size * (0.12 + 0.13 * Double(step))
            let long = size * (0.66 - 0.06 * Double(step)) * dice.real(0.6...1)
            canvas.ellipse(
                x + dice.real(-0.08...0.08) * size,
                y,
                long,
                size * 0.028,
                canvas.fill(step < 4 ? hull : sail, 0.42 - 0.03 * Double(step))
            )
        }
    }

    private mutating func paintLighthouse() {
        let left = lamp.x > width / 2
        let x = width * (left ? 0.2 : 0.8)
        let base = horizon + height * 0.03
        let (tall, half) = (height * 0.29, 26 * unit)
        let head = base - tall
        let rock = canvas.vertical(
            [(0, palette.near.lighter(0.14), 1), (1, palette.near, 1)],
            from: base - 20 * unit,
            to: base + 60 * unit
        )
        let light = Colour(0xFFF2B8)
        for side in [-1.0, 1] {
            let reach = width * 0.75
            let beam = canvas.slanted(
                [(0, light, palette.isDark ? 0.55 : 0.34), (1, light, 0)],
                (x, head),
                (x + side * reach, head)
            )
            canvas.path(
                "M\(n(x)) \(n(head))L\(n(x + side * reach)) \(n(head - 95 * unit))V\(n(head + 75 * unit))Z",
                beam
            )
        }
        canvas.path(
            "M\(n(x - half)) \(n(base))L\(n(x - half * 0.62)) \(n(head + 26 * unit))H\(n(x + half * 0.62))L\(n(x + half)) \(n(base))Z",
            canvas.slanted([(0, Colour(0xF7F3EA), 1), (1, Colour(0xB9B4B8), 1)], (x - half, base), (x + half, base))
        )
        for band in 0..<3 {
            let (from, to) = (0.16 + 0.3 * Double(band), 0.31 + 0.3 * Double(band))
            let wide = { (share: Double) in half * (1 - 0.38 * share) }
            let stem = tall - 26 * unit
            let y = { (share: Double) in base - stem * share }
            canvas.path(
                "M\(n(x - wide(from))) \(n(y(from)))L\(n(x - wide(to))) \(n(y(to)))H\(n(x + wide(to)))L\(n(x + wide(from))) \(n(y(from)))Z",
                canvas.slanted(
                    [(0, Colour(0xD9453D), 1), (1, Colour(0x8E2430), 1)],
                    (x - half, base),
                    (x + half, base)
                )
            )
        }
        canvas.rect(x - half * 0.82, head + 20 * unit, half * 1.64, 7 * unit, canvas.fill(palette.near))
        canvas.rect(x - half * 0.45, head - 12 * unit, half * 0.9, 33 * unit, canvas.fill(light))
        canvas.path(
            "M\(n(x - half * 0.62)) \(n(head - 12 * unit))L\(n(x)) \(n(head - 38 * unit))L\(n(x + half * 0.62)) \(n(head - 12 * unit))Z",
            canvas.fill(palette.near)
        )
        canvas.circle(
            x,
            head + 4 * unit,
            80 * unit,
            canvas.radial([(0, light, 0.8), (1, light, 0)], x, head + 4 * unit, 80 * unit)
        )
        canvas.path(
            "M\(n(x - 150 * unit)) \(n(base + 42 * unit))Q\(n(x - 110 * unit)) \(n(base - 12 * unit)) \(n(x - 40 * unit)) \(n(base - 16 * unit))T\(n(x + 60 * unit)) \(n(base - 4 * unit))T\(n(x + 170 * unit)) \(n(base + 42 * unit))Z",
            rock
        )
    }
}
