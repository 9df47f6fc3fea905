/// The prompt's own words, so that nobody takes the drawing for a photograph and everybody sees whose it is.
extension Painter {
    /// `note` is a small line over it, such as the model's name.
    mutating func paintCaption(_ prompt: String, note: String) {
        canvas.beginLayer()
        let size = 31 * unit * (width > height * 1.2 ? 1.08 : 1)
        let margin = 44 * unit
        let lines = Caption.wrap(prompt, width: width - 2 * margin, size: size, lines: 3)
        let leading = size * 1.34
        let top = height - margin - Double(max(lines.count, 1) - 1) * leading
        let shade = top - size * 4.8
        canvas.rect(
            0,
            shade,
            width,
            height - shade,
            canvas.vertical([(0, .black, 0), (0.45, .black, 0.55), (1, .black, 0.82)], from: shade, to: height)
        )
        text(
            note,
            x: margin,
            y: top - size * 1.42,
            size: size * 0.52,
            weight: "bold",
            opacity: 0.75,
            spacing: size * 0.06
        )
        for (index, line) in lines.enumerated() {
            text(
                line,
                x: margin,
                y: top + Double(index) * leading,
                size: size,
                weight: "normal",
                opacity: 1,
                spacing: 0
            )
        }
    }

    private mutating func text(
        _ words: String,
        x: Double,
        y: Double,
        size: Double,
        weight: String,
        opacity: Double,
        spacing: Double
    ) {
        let place = "x=\"\(n(x))\" y=\"\(n(y))\" font-size=\"\(n(size))\" letter-spacing=\"\(n(spacing))\""
        let look =
            "font-family=\"DejaVu Sans, sans-serif\" font-weight=\"\(weight)\" fill=\"#fff\" fill-opacity=\"\(n(opacity, 2))\""
        canvas.add("<text \(place) \(look)>\(Caption.escaped(words))</text>")
    }
}

/// Breaking and escaping of text for the drawing.
enum Caption {
    /// At most that many lines, the last one with an ellipsis when words are left over.
    static func wrap(_ text: String, width: Double, size: Double, lines limit: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        let words = text.prefix(2_000).split(whereSeparator: \.isWhitespace).map(String.init)
        for word in words.flatMap({ pieces($0, width: width, size: size) }) {
            let longer = line.isEmpty ? word : "\(line) \(word)"
            if measure(longer, size) <= width {
                line = longer
                continue
            }
            if lines.count == limit - 1 {
                lines.append(cut(line, width: width, size: size))
                return lines
            }
            lines.append(line)
            line = word
        }
        return line.isEmpty ? lines : lines + [line]
    }

    private static func cut(_ line: String, width: Double, size: Double) -> String {
        var line = line
        while measure(line + "…", size) > width, !line.isEmpty { line.removeLast() }
        return line + "…"
    }

    /// A word longer than a line falls into parts that fit.
    private static func pieces(_ word: String, width: Double, size: Double) -> [String] {
        var (parts, part, used) = ([String](), "", 0.0)
        for letter in word {
            let advance = measure(String(letter), size)
            if used + advance > width, !part.isEmpty {
                parts.append(part)
                (part, used) = ("", 0)
            }
            part.append(letter)
            used += advance
        }
        return parts + [part]
    }

    /// The width in DejaVu Sans, a little generous: its letters fall into a few classes.
    static func measure(_ text: String, _ size: Double) -> Double {
        let ems = text.unicodeScalars.reduce(0.0) { sum, letter in
            switch letter {
            case "i", "j", "l", "'", "|", "I": sum + 0.3
            case " ", ".", ",", ":", ";", "!", "f", "t", "r", "(", ")", "-", "/": sum + 0.4
            case "m", "M", "w", "W", "@", "%": sum + 0.99
            case "A"..."Z": sum + 0.72
            case _ where letter.value >= 0x2E80: sum + 1.05
            default: sum + 0.63
            }
        }
        return ems * size
    }

    /// Safe inside an XML element; control characters are dropped.
    static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { out, letter in
            switch letter {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case _
            where letter.value < 0x20 || letter.value == 0x7F || letter.value == 0xFFFE || letter.value == 0xFFFF: break
            default: out.unicodeScalars.append(letter)
            }
        }
    }
}
