/// Nebulae, planets and rings.
extension Painter {
    mutating func paintSpace() {
        let night = palette.isDark ? palette.sky[0] : palette.sky[0].darker(0.72)
        let glow = palette.isDark ? palette.sky[2] : palette.sky[1]
        canvas.rect(
            0,
            0,
            width,
            height,
            canvas.slanted(
                [(0, night.darker(0.4), 1), (0.5, night.mixed(with: glow, 0.4), 1), (1, night.darker(0.55), 1)],
                (0, 0),
                (width, height)
            )
        )
        for index in 0..<11 {
            let along = Double(index) / 10
            let (x, y) = (width * (along * 1.1 - 0.05), height * (0.92 - 0.86 * along) + dice.real(-90...90) * unit)
            let reach = dice.real(150...340) * unit
            let colour = [glow, palette.accents[0], palette.accents[3], palette.accents[1]][index % 4]
            canvas.circle(
                x,
                y,
                reach,
                canvas.radial([(0, colour, dice.real(0.16...0.36)), (0.5, colour, 0.1), (1, colour, 0)], x, y, reach)
            )
        }
        canvas.beginLayer()
        let count = Int(520 * width * height / 1_048_576)
        for _ in 0..<min(count, 1_600) {
            let (x, y) = (dice.real(0...width), dice.real(0...height))
            canvas.circle(
                x,
                y,
                (dice.chance(0.05) ? dice.real(1.6...2.8) : dice.real(0.4...1.2)) * unit,
                canvas.fill(.white, dice.real(0.3...1))
            )
        }
        for _ in 0..<7 { paintSpark(dice.real(0...width), dice.real(0...height), dice.real(14...34) * unit) }
        canvas.beginLayer()
        let side = dice.chance(0.5)
        paintPlanet(
            width * (side ? 0.66 : 0.34),
            height * 0.42,
            dice.real(150...200) * unit,
            palette.accents[0],
            ring: true
        )
        canvas.beginLayer()
        paintPlanet(
            width * (side ? 0.2 : 0.8),
            height * 0.2,
            dice.real(34...58) * unit,
            palette.accents[1],
            ring: false
        )
        paintPlanet(
            width * (side ? 0.28 : 0.72),
            height * 0.66,
            dice.real(16...28) * unit,
            palette.accents[3],
            ring: false
        )
        if scene.details.contains(.balloon) { paintBalloons() }
    }

    private mutating func paintSpark(_ x: Double, _ y: Double, _ size: Double) {
        let light = canvas.radial([(0, .white, 0.9), (0.2, .white, 0.3), (1, .white, 0)], x, y, size)
        canvas.ellipse(x, y, size, size * 0.07, light)
        canvas.ellipse(x, y, size * 0.07, size, light)
        canvas.circle(x, y, size * 0.12, canvas.fill(.white))
    }

    private mutating func paintPlanet(_ x: Double, _ y: Double, _ radius: Double, _ colour: Colour, ring: Bool) {
        let body = Colour(red: colour.red * 0.92, green: colour.green * 0.92, blue: colour.blue * 0.92)
        canvas.circle(x, y, radius * 1.35, canvas.radial([(0.7, body, 0.34), (1, body, 0)], x, y, radius * 1.35))
        if ring { paintRing(x, y, radius, front: false) }
        canvas.circle(
            x,
            y,
            radius,
            canvas.radial(
                [(0, body.lighter(0.55), 1), (0.45, body, 1), (1, body.darker(0.72), 1)],
                x - radius * 0.4,
                y - radius * 0.45,
                radius * 1.7
            )
        )
        for band in 0..<(ring ? 6 : 2) {
            let offset = (Double(band) - 2.5) * 0.28 + dice.real(-0.06...0.06)
            let half = (max(0, 1 - offset * offset)).squareRoot() * radius * 0.985
            canvas.ellipse(
                x,
                y + offset * radius,
                half,
                radius * dice.real(0.025...0.06),
                canvas.fill(dice.chance(0.5) ? .white : .black, 0.1)
            )
        }
        let night = canvas.radial(
            [(0.52, .black, 0), (1, .black, 0.62)],
            x - radius * 0.5,
            y - radius * 0.5,
            radius * 1.75
        )
        canvas.circle(x, y, radius, night)
        if ring { paintRing(x, y, radius, front: true) }
    }

    private mutating func paintRing(_ x: Double, _ y: Double, _ radius: Double, front: Bool) {
        for (reach, wide, opacity) in [(1.5, 0.13, 0.75), (1.72, 0.1, 0.5), (1.9, 0.05, 0.4)] {
            let (across, down) = (radius * reach, radius * reach * 0.22)
            let data = "M\(n(x - across)) \(n(y))A\(n(across)) \(n(down)) 0 0 \(front ? 0 : 1) \(n(x + across)) \(n(y))"
            canvas.add("<g transform=\"rotate(-16 \(n(x)) \(n(y)))\">")
            canvas.path(
                data,
                "fill=\"none\" stroke=\"\(palette.accents[2].mixed(with: palette.accents[1], 0.4).css)\" stroke-width=\"\(n(radius * wide))\" stroke-opacity=\"\(n(opacity, 2))\""
            )
            canvas.add("</g>")
        }
    }
}
