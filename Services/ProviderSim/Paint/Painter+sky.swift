/// Sky, the light in it, clouds, birds and weather.
extension Painter {
    mutating func paintSky() {
        let offsets = [0, 0.34, 0.68, 1]
        let stops = zip(offsets, palette.sky).map { ($0, $1, 1.0) }
        canvas.rect(0, 0, width, height, canvas.vertical(stops, from: 0, to: horizon * 1.06))
        if palette.isDark, scene.light != .storm { paintStars(Int(220 * width * height / 1_048_576)) }
        if scene.details.contains(.aurora) { paintAurora() }
        canvas.beginLayer()
        paintLamp()
        if scene.light != .night { paintClouds() }
        if scene.details.contains(.birds) || (scene.light != .night && dice.chance(0.5)) { paintBirds() }
        canvas.beginLayer()
    }

    private mutating func paintLamp() {
        guard scene.light != .storm else { return }
        let (x, y, radius) = (lamp.x, lamp.y, lamp.radius)
        let glow = palette.lamp
        let halo = radius * (scene.light == .sunset ? 7 : 5)
        let strength = scene.light == .night ? 0.3 : 0.62
        let light = canvas.radial([(0, glow, strength), (0.25, glow, strength * 0.42), (1, glow, 0)], x, y, halo)
        canvas.circle(x, y, halo, light)
        if scene.light == .night {
            let face = canvas.radial(
                [
                    (0, glow, 1), (0.8, glow.mixed(with: palette.sky[2], 0.1), 1),
                    (1, glow.mixed(with: palette.sky[2], 0.28), 1),
                ],
                x - radius * 0.25,
                y - radius * 0.25,
                radius * 1.3
            )
            canvas.circle(x, y, radius, face)
            for (dx, dy, size) in [(-0.3, -0.2, 0.2), (0.25, 0.3, 0.26), (0.32, -0.36, 0.12), (-0.2, 0.45, 0.13)] {
                let crater = canvas.fill(palette.sky[2], 0.14)
                canvas.circle(x + dx * radius, y + dy * radius, size * radius, crater)
            }
        } else {
            canvas.circle(x, y, radius, canvas.fill(glow))
        }
    }

    mutating func paintStars(_ count: Int) {
        for _ in 0..<min(count, 900) {
            let (x, y) = (dice.real(0...width), dice.real(0...1))
            let far = y * y * horizon * 1.1
            let size = dice.chance(0.06) ? dice.real(1.7...2.7) : dice.real(0.5...1.3)
            canvas.circle(x, far, size * unit, canvas.fill(.white, dice.real(0.35...0.95) * (1 - y * 0.55)))
        }
    }

    private mutating func paintAurora() {
        for (turn, colour) in [(0.0, Colour(0x5EF2B0)), (1.0, Colour(0x58D4E8)), (2.0, Colour(0xB47BFF))] {
            let heights = roll(rise: 60 * unit, waves: 1.1)
            let base = height * (0.3 + turn * 0.05)
            let reach = height * 0.24
            for (index, value) in heights.enumerated() where index % 2 == 0 {
                let x = Double(index) / 96 * width
                let tall = reach * dice.real(0.55...1)
                let foot = base - value
                let veil = canvas.vertical(
                    [(0, colour, 0), (0.8, colour, 0.2), (1, colour, 0)],
                    from: foot - tall,
                    to: foot
                )
                canvas.rect(x - width / 60, foot - tall, width / 30, tall, veil)
            }
        }
    }

    private mutating func paintClouds() {
        let stormy = scene.light == .storm
        let colour = stormy ? palette.sky[1].lighter(0.15) : palette.horizon.lighter(0.55)
        for _ in 0..<(stormy ? 9 : dice.whole(3...6)) {
            let (x, y) = (dice.real(-0.05...1) * width, dice.real(0.08...0.62) * horizon)
            let reach = dice.real(0.1...0.24) * width * (stormy ? 1.5 : 1)
            let opacity = stormy ? 0.5 : dice.real(0.2...0.5)
            for _ in 0..<dice.whole(4...7) {
                let along = dice.real(-1...1)
                let across = reach * dice.real(0.35...0.6)
                let thin = across * dice.real(0.09...0.16) * (stormy ? 2 : 1)
                let at = (x: x + along * reach * 0.7, y: y + dice.real(-1...1) * thin * 0.8)
                canvas.ellipse(at.x, at.y, across, thin, canvas.fill(colour, opacity * 0.5))
            }
        }
    }

    mutating func paintBirds() {
        let (x, y) = (width * dice.real(0.25...0.75), horizon * dice.real(0.2...0.5))
        let ink = palette.isDark ? palette.sky[3] : palette.near
        for _ in 0..<dice.whole(4...8) {
            let at = (x: x + dice.real(-130...130) * unit, y: y + dice.real(-50...50) * unit)
            let wing = dice.real(9...18) * unit
            let lift = wing * dice.real(0.35...0.7)
            let left =
                "M\(n(at.x - wing)) \(n(at.y - lift))Q\(n(at.x - wing * 0.3)) \(n(at.y - lift)) \(n(at.x)) \(n(at.y))"
            let right = "Q\(n(at.x + wing * 0.3)) \(n(at.y - lift)) \(n(at.x + wing)) \(n(at.y - lift))"
            canvas.path(left + right, canvas.stroke(ink, 2.4 * unit, 0.8))
        }
    }

    /// A martin in flight, seen from the side: long swept wings and a forked tail.
    mutating func paintSwallow() {
        let size = 150 * unit
        let left = lamp.x > width / 2
        let (x, y) = (width * (left ? 0.42 : 0.58), horizon * 0.36)
        let coat = scene.hue == nil ? palette.near.mixed(with: palette.sky[0], 0.2) : palette.accents[0].darker(0.25)
        let back = canvas.slanted([(0, coat.lighter(0.25), 1), (1, coat.darker(0.3), 1)], (-60, -90), (60, 90))
        canvas.add(
            "<g transform=\"translate(\(n(x)) \(n(y))) scale(\(n(size / 100 * (left ? 1 : -1), 3)) \(n(size / 100, 3)))\">"
        )
        canvas.path("M10 -4C-6 -40 -44 -74 -104 -84C-62 -58 -44 -30 -22 4Z", canvas.fill(coat.darker(0.2)))
        canvas.path(
            "M-20 2C-46 10 -72 26 -108 30C-90 20 -78 16 -70 10C-88 8 -100 0 -112 -6C-84 -4 -52 -8 -24 -8Z",
            canvas.fill(coat)
        )
        canvas.path("M-34 -4C-20 -18 16 -24 40 -17C50 -17 56 -11 70 -8C58 -5 54 2 40 6C16 16 -14 12 -34 -4Z", back)
        canvas.path("M44 0C30 10 4 13 -14 7C6 8 26 4 38 -4Z", canvas.fill(palette.horizon.lighter(0.5), 0.9))
        canvas.path("M18 -8C6 22 -16 62 -66 96C-46 58 -40 26 -14 -4Z", back)
        canvas.circle(50, -10, 2.6, canvas.fill(.white, 0.95))
        canvas.circle(50.6, -10, 1.5, canvas.fill(.black))
        canvas.add("</g>")
    }

    mutating func paintBalloons() {
        for index in 0..<3 {
            let size = [74.0, 44, 30][index] * unit
            let (x, y) = (
                width * (0.24 + 0.26 * Double(index) + dice.real(-0.06...0.06)), horizon * dice.real(0.22...0.55)
            )
            let colour = palette.accents[index % palette.accents.count]
            let skin = canvas.slanted(
                [(0, colour.lighter(0.35), 1), (1, colour.darker(0.3), 1)],
                (x - size, y),
                (x + size, y)
            )
            let foot = y + size * 1.55
            let bulge = "M\(n(x - size)) \(n(y))A\(n(size)) \(n(size)) 0 0 1 \(n(x + size)) \(n(y))"
            canvas.path(
                bulge
                    + "C\(n(x + size)) \(n(y + size * 0.7)) \(n(x + size * 0.3)) \(n(foot)) \(n(x + size * 0.2)) \(n(foot))"
                    + "L\(n(x - size * 0.2)) \(n(foot))"
                    + "C\(n(x - size * 0.3)) \(n(foot)) \(n(x - size)) \(n(y + size * 0.7)) \(n(x - size)) \(n(y))Z",
                skin
            )
            canvas.ellipse(x, y + size * 0.1, size * 0.36, size * 1.08, canvas.fill(.white, 0.28))
            canvas.rect(
                x - size * 0.17,
                foot + size * 0.28,
                size * 0.34,
                size * 0.26,
                canvas.fill(palette.near),
                round: size * 0.05
            )
            for side in [-1.0, 1] {
                let rope = "M\(n(x + side * size * 0.17)) \(n(foot))V\(n(foot + size * 0.3))"
                canvas.path(rope, canvas.stroke(palette.near, 1.5 * unit))
            }
        }
    }

    mutating func paintWeather() {
        canvas.beginLayer()
        let share = width * height / 1_048_576
        if scene.details.contains(.snow) {
            for _ in 0..<min(600, Int(190 * share)) {
                let size = dice.real(1.2...4.4) * unit
                canvas.circle(
                    dice.real(0...width),
                    dice.real(0...height),
                    size,
                    canvas.fill(.white, dice.real(0.4...0.9))
                )
            }
        }
        if scene.details.contains(.rain) {
            for _ in 0..<min(600, Int(210 * share)) {
                let (x, y, long) = (dice.real(0...width * 1.1), dice.real(-20...height), dice.real(16...44) * unit)
                canvas.path(
                    "M\(n(x)) \(n(y))l\(n(-long * 0.25)) \(n(long))",
                    canvas.stroke(.white, 1.4 * unit, dice.real(0.12...0.35))
                )
            }
        }
    }
}
