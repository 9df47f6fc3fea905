/// No landscape: circles, arcs and ribbons on a coloured ground.
extension Painter {
    mutating func paintGeometry() {
        let ground =
            palette.isDark
            ? [palette.sky[0], palette.sky[1], palette.sky[2]]
            : [palette.sky[0], palette.sky[1], palette.sky[2].mixed(with: palette.horizon, 0.3)]
        canvas.rect(
            0,
            0,
            width,
            height,
            canvas.slanted([(0, ground[0], 1), (0.55, ground[1], 1), (1, ground[2], 1)], (0, 0), (width, height))
        )
        canvas.beginLayer()
        for _ in 0..<3 {
            paintDisc(dice.real(0.1...0.9) * width, dice.real(0.1...0.7) * height, dice.real(140...330) * unit, 0.55)
        }
        canvas.beginLayer()
        if dice.chance(0.6) { paintRibbons() } else { paintRings() }
        canvas.beginLayer()
        for _ in 0..<8 { paintPiece() }
        canvas.beginLayer()
        paintDots()
        paintDisc(width * dice.real(0.35...0.65), height * dice.real(0.3...0.5), 130 * unit, 0.96)
    }

    private mutating func paintDisc(_ x: Double, _ y: Double, _ radius: Double, _ opacity: Double) {
        let (one, other) = (dice.pick(palette.accents), dice.pick(palette.accents))
        canvas.circle(
            x,
            y,
            radius,
            canvas.slanted(
                [(0, one.lighter(0.15), opacity), (1, other.darker(0.2), opacity * 0.55)],
                (x - radius, y - radius),
                (x + radius, y + radius)
            )
        )
    }

    private mutating func paintRibbons() {
        let base = height * dice.real(0.4...0.55)
        let (one, other) = (palette.accents[0], palette.accents[3])
        let (phase, swing) = (dice.real(0...6), dice.real(90...150) * unit)
        for strand in 0..<34 {
            let share = Double(strand) / 33
            let heights = (0...80).map { step -> Double in
                let along = Double(step) / 80
                let wave = Sine.of(along * 5.4 + phase + share * 1.9) * swing
                return wave * (0.4 + along) + Sine.of(along * 9 + share * 4) * 24 * unit - (share - 0.5) * 200 * unit
            }
            let colour = one.mixed(with: other, share).lighter(0.2)
            canvas.path(line(heights, base: base), canvas.stroke(colour, 2.4 * unit, 0.75))
        }
    }

    private mutating func paintRings() {
        let (x, y) = (width * dice.real(0.3...0.7), height * dice.real(0.3...0.5))
        for ring in 1...15 {
            let radius = Double(ring) * 33 * unit
            let colour = palette.accents[ring % palette.accents.count]
            canvas.circle(x, y, radius, canvas.stroke(colour, (15 - Double(ring)) * 0.7 * unit + 2 * unit, 0.75))
        }
    }

    private mutating func paintPiece() {
        let size = dice.real(60...170) * unit
        let (x, y) = (dice.real(0.02...0.9) * width, dice.real(0.04...0.74) * height)
        let colour = dice.pick(palette.accents)
        switch dice.whole(0...4) {
        case 0:
            canvas.path(
                "M\(n(x)) \(n(y))H\(n(x + size))A\(n(size)) \(n(size)) 0 0 1 \(n(x)) \(n(y + size))Z",
                canvas.fill(colour, 0.88)
            )
        case 1:
            canvas.path(
                "M\(n(x)) \(n(y + size))A\(n(size / 2)) \(n(size / 2)) 0 0 1 \(n(x + size)) \(n(y + size))Z",
                canvas.fill(colour, 0.9)
            )
        case 2:
            canvas.path(
                "M\(n(x)) \(n(y + size * 0.86))L\(n(x + size / 2)) \(n(y))L\(n(x + size)) \(n(y + size * 0.86))Z",
                canvas.fill(colour, 0.85)
            )
        case 3:
            canvas.circle(x + size / 2, y + size / 2, size / 2, canvas.stroke(colour, size * 0.13, 0.92))
        default:
            for stripe in 0..<5 {
                let top = y + Double(stripe) * size * 0.2
                canvas.rect(x, top, size, size * 0.09, canvas.fill(colour, 0.85), round: size * 0.045)
            }
        }
    }

    private mutating func paintDots() {
        let (x, y) = (dice.real(0.05...0.7) * width, dice.real(0.08...0.6) * height)
        let colour = palette.accents[4 % palette.accents.count].lighter(0.5)
        for row in 0..<6 {
            for column in 0..<9 {
                canvas.circle(
                    x + Double(column) * 24 * unit,
                    y + Double(row) * 24 * unit,
                    3.6 * unit,
                    canvas.fill(colour, 0.75)
                )
            }
        }
    }
}
