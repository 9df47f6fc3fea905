/// Towers with lit windows, mirrored in a wet street or a river.
extension Painter {
    mutating func paintCity() {
        let base = height * 0.8
        let glow = palette.accents[0].mixed(with: palette.horizon, 0.5)
        canvas.rect(
            0,
            horizon * 0.4,
            width,
            base - horizon * 0.4,
            canvas.vertical([(0, glow, 0), (1, glow, 0.4)], from: horizon * 0.4, to: base)
        )
        for layer in 0..<4 {
            let depth = Double(layer) / 3
            paintTowers(base: base, depth: depth, colour: palette.land(layer, of: 4))
            if layer < 3 {
                let haze = palette.horizon.mixed(with: glow, 0.4)
                canvas.rect(
                    0,
                    base - height * 0.3,
                    width,
                    height * 0.3,
                    canvas.vertical([(0, haze, 0), (1, haze, 0.34 * (1 - depth))], from: base - height * 0.3, to: base)
                )
            }
            canvas.beginLayer()
        }
        paintRiver(base: base)
    }

    private mutating func paintTowers(base: Double, depth: Double, colour: Colour) {
        let lit = palette.isDark || scene.light == .sunset ? 0.44 : 0.16
        var x = -dice.real(0...60) * unit
        while x < width {
            let wide = dice.real(48...104) * unit * (0.72 + 0.5 * depth)
            let middle = 1 - abs((x + wide / 2) / width - 0.5) * 1.1
            let tall = height * (0.46 - 0.2 * depth) * dice.real(0.5...1.1) * (0.55 + 0.6 * middle)
            let top = base - tall
            let wall = canvas.slanted(
                [(0, colour.lighter(0.1), 1), (1, colour.darker(0.12), 1)],
                (x, top),
                (x + wide, top)
            )
            canvas.rect(x, top, wide, tall, wall)
            paintRoof(x: x, top: top, wide: wide, colour: colour)
            if depth > 0.2 {
                paintWindows(x: x, top: top, wide: wide, tall: tall, lit: lit, depth: depth, wall: colour)
            }
            x += wide + dice.real(-8...22) * unit
        }
    }

    private mutating func paintRoof(x: Double, top: Double, wide: Double, colour: Colour) {
        switch dice.whole(0...5) {
        case 0:
            canvas.path(
                "M\(n(x)) \(n(top + 1))L\(n(x + wide / 2)) \(n(top - wide * 0.6))L\(n(x + wide)) \(n(top + 1))Z",
                canvas.fill(colour)
            )
            canvas.rect(x + wide / 2 - unit, top - wide * 0.95, 2 * unit, wide * 0.5, canvas.fill(colour))
        case 1:
            canvas.rect(x + wide * 0.2, top - wide * 0.3, wide * 0.6, wide * 0.31, canvas.fill(colour))
            canvas.rect(x + wide * 0.38, top - wide * 0.52, wide * 0.24, wide * 0.24, canvas.fill(colour))
        case 2:
            canvas.rect(x + wide * 0.46, top - wide * 0.75, 3 * unit, wide * 0.76, canvas.fill(colour))
            canvas.circle(x + wide * 0.46 + 1.5 * unit, top - wide * 0.76, 3 * unit, canvas.fill(Colour(0xFF5A5A)))
        case 3:
            canvas.path(
                "M\(n(x)) \(n(top + 1))L\(n(x + wide)) \(n(top - wide * 0.42))V\(n(top + 1))Z",
                canvas.fill(colour)
            )
        default:
            break
        }
    }

    private mutating func paintWindows(
        x: Double,
        top: Double,
        wide: Double,
        tall: Double,
        lit: Double,
        depth: Double,
        wall: Colour
    ) {
        let pitch = (10.5 + 5 * depth) * unit
        let lamps = [Colour(0xFFDF94), Colour(0xFFC46B), Colour(0xFFF3CF), palette.accents[0], palette.accents[1]]
        let columns = Int((wide - pitch * 0.6) / pitch)
        guard columns > 0 else { return }
        var panes = [String](repeating: "", count: lamps.count)
        var dark = ""
        let margin = (wide - Double(columns) * pitch) / 2
        for row in 1..<max(2, Int(tall / (pitch * 1.25))) {
            for column in 0..<columns {
                let at = "M\(n(x + margin + (Double(column) + 0.22) * pitch)) \(n(top + Double(row) * pitch * 1.25))"
                let pane = at + "h\(n(pitch * 0.56))v\(n(pitch * 0.62))h\(n(-pitch * 0.56))Z"
                if dice.chance(lit) {
                    panes[dice.chance(0.12) ? dice.whole(3...4) : dice.whole(0...2)] += pane
                } else {
                    dark += pane
                }
            }
        }
        canvas.path(dark, canvas.fill(wall.lighter(0.12), 0.6))
        for (lamp, pane) in zip(lamps, panes) where !pane.isEmpty {
            canvas.path(pane, canvas.fill(lamp, 0.55 + 0.4 * depth))
        }
    }

    private mutating func paintRiver(base: Double) {
        let top = palette.near.mixed(with: palette.horizon, 0.3)
        canvas.rect(
            0,
            base,
            width,
            height - base,
            canvas.vertical([(0, top, 1), (1, palette.near, 1)], from: base, to: height)
        )
        for _ in 0..<170 {
            let (x, depth) = (dice.real(0...width), dice.real(0...1))
            let colour = dice.pick([Colour(0xFFDF94), palette.accents[0], palette.accents[1], palette.horizon])
            let long = dice.real(4...30) * unit
            canvas.ellipse(
                x,
                base + (height - base) * depth,
                long,
                (0.8 + 1.4 * depth) * unit,
                canvas.fill(colour, dice.real(0.1...0.5) * (1 - depth * 0.5))
            )
        }
    }
}
