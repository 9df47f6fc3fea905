/// What the simulated model says: friendly, to the point of the prompt, and the same each time.
///
/// Pure. It does as told where that is easy (say, list, poem, JSON, a small sum), so that a newcomer sees something
/// sensible, and otherwise writes a paragraph around the prompt's own words.
enum Answers {
    /// An answer to the last thing that the user said.
    static func text(prompt: String, system: String = "", wantsJSON: Bool = false, variation: Int = 0) -> String {
        var dice = Dice(prompt, variation: variation)
        let asked = subject(prompt)
        if isRewrite(system) || isRewrite(prompt) { return rewritten(prompt) }
        if wantsJSON { return json(asked, &dice) }
        if let words = echo(prompt) { return words }
        if let sum = sum(prompt) { return sum }
        let words = Set(Scene.words(prompt))
        if !words.isDisjoint(with: ["haiku", "poem", "verse", "rhyme"]) { return poem(asked, &dice) }
        if !words.isDisjoint(with: ["list", "ideas", "names", "steps", "tips", "examples"]) {
            return list(asked, &dice)
        }
        if words.count < 5, !words.isDisjoint(with: ["hello", "hi", "hey", "ping", "hallo"]) { return greeting(&dice) }
        return paragraph(asked, &dice)
    }

    /// The text in pieces as a model would send it: words with the space in front of them, long ones in two.
    static func pieces(_ text: String) -> [String] {
        var pieces: [String] = []
        var piece = ""
        for letter in text {
            if (letter == " " || letter == "\n") && !piece.isEmpty || piece.count >= 9 {
                pieces.append(piece)
                piece = ""
            }
            piece.append(letter)
        }
        return piece.isEmpty ? pieces : pieces + [piece]
    }

    /// About four characters a token, as English text has it; nothing is none.
    static func tokens(_ text: String) -> Int { (text.utf8.count + 3) / 4 }

    // MARK: Kinds

    private static func greeting(_ dice: inout Dice) -> String {
        dice.pick(["Hello!", "Hi there!", "Good to see you!"])
            + " I am Martlet's simulated provider, so nothing here costs a cent. Ask me for a paragraph, a list or a poem, or "
            + "let the image side draw something. What shall we try first?"
    }

    private static func paragraph(_ asked: String, _ dice: inout Dice) -> String {
        let opening = dice.pick([
            "Happy to help with \(asked).", "Here is a short take on \(asked).",
            "Good question: \(asked) deserves a clear answer.",
            "Let us look at \(asked) together.",
        ])
        let middle = dice.pick([
            [
                "Start with what you want somebody to feel or do at the end, and work back from there.",
                "One strong idea carries further than five that compete, so pick the one you would miss most.",
                "Then put it in plain words, show a single example, and leave some room for the reader.",
            ],
            [
                "Two things matter most: knowing what you have, and knowing what has to change.",
                "Write both down in a sentence each; the distance between them is the plan.",
                "Take the smallest step that teaches you something, and look again before the next one.",
            ],
            [
                "The short version is that details make it believable and rhythm makes it pleasant.",
                "Choose three details that only this subject has, and let everything else stay quiet.",
                "If it still works when you read it aloud, it is nearly done.",
            ],
        ])
        let closing = dice.pick([
            "I am a simulator, so treat this as a rehearsal; a real model takes the stage once a connector is set up.",
            "This came from Martlet's simulated provider, piece by piece, just as a real model streams it.",
            "If you want another angle, change the wording a little: the same prompt always gets this same answer.",
        ])
        return ([opening] + middle + [closing]).joined(separator: " ")
    }

    private static func list(_ asked: String, _ dice: inout Dice) -> String {
        let ideas = [
            "Begin with the part that people will remember", "Borrow one idea from a field far away",
            "Leave out the second-best thing",
            "Give it a name that a child can say", "Try it on one person before you try it on ten",
            "Make the first minute delightful",
            "Write down what would make you stop", "Use light, colour and silence on purpose", "Finish with a question",
        ].shuffled(using: &dice)
        let lines = ideas.prefix(5).enumerated().map { "\($0.offset + 1). \($0.element)." }
        return
            "Five thoughts on \(asked):\n\n\(lines.joined(separator: "\n"))\n\nSimulated, free of charge, and the same every time."
    }

    private static func poem(_ asked: String, _ dice: inout Dice) -> String {
        let first = dice.pick(["Morning on the wing", "A small bird in rain", "Light between two leaves"])
        let second = dice.pick([
            "carries word from sea to shore", "never lands and never rests", "counts the pieces as they come",
        ])
        let third = dice.pick(["then the wires hum", "one more line, then still", "quiet, all is sent"])
        return "\(first),\n\(second);\n\(third).\n\n(On \(asked).)"
    }

    private static func json(_ asked: String, _ dice: inout Dice) -> String {
        let quoted = asked.unicodeScalars.filter { $0.value >= 0x20 && $0 != "\"" && $0 != "\\" }
        let text = String(String.UnicodeScalarView(quoted))
        return #"{"subject":"\#(text)","answer":"Simulated, but well formed.","score":\#(dice.whole(60...99))}"#
    }

    /// `Say X`, `Reply with X`, `Repeat after me: X`.
    private static func echo(_ prompt: String) -> String? {
        let starts = [
            "reply with exactly", "reply with just", "reply with only", "reply only with", "reply with", "respond with",
            "answer with",
            "repeat after me", "repeat", "say", "echo",
        ]
        let plain = prompt[...].trimmed
        guard
            let start = starts.first(where: {
                plain.lowercased().hasPrefix($0 + " ") || plain.lowercased().hasPrefix($0 + ":")
            })
        else { return nil }
        var rest = plain.dropFirst(start.count).drop { $0 == ":" || $0.isWhitespace }.trimmed
        for word in ["the word ", "exactly ", "only ", "just "] where rest.lowercased().hasPrefix(word) {
            rest = rest.dropFirst(word.count)
        }
        if let first = rest.first, "\"'“".contains(first) {
            rest = rest.dropFirst().prefix { !"\"'”".contains($0) }
        }
        return rest.isEmpty || rest.count > 400 ? nil : String(rest)
    }

    /// `What is 17 + 4?`
    private static func sum(_ prompt: String) -> String? {
        var parts: [String] = []
        for letter in prompt.prefix(200) where !letter.isWhitespace {
            let isDigit = letter.isASCII && letter.isNumber
            if isDigit, let last = parts.last, last.allSatisfy(\.isNumber) {
                parts[parts.count - 1].append(letter)
            } else {
                parts.append(String(letter))
            }
        }
        for index in parts.indices.dropFirst().dropLast() {
            guard let left = Int32(parts[index - 1]), let right = Int32(parts[index + 1]) else { continue }
            if let text = result(Int(left), parts[index], Int(right)) { return text }
        }
        return nil
    }

    private static func result(_ left: Int, _ mark: String, _ right: Int) -> String? {
        switch mark {
        case "+": "\(left) + \(right) = \(left + right)."
        case "-", "−": "\(left) − \(right) = \(left - right)."
        case "*", "×", "x": "\(left) × \(right) = \(left * right)."
        case "/" where right != 0 && left % right == 0: "\(left) ÷ \(right) = \(left / right)."
        default: nil
        }
    }

    // MARK: Rewriting an image prompt

    /// Names that a picky image model refuses.
    static let protected = [
        "disney", "pixar", "marvel", "star wars", "pokemon", "pokémon", "pikachu", "mickey mouse", "mickey",
        "harry potter", "batman",
        "superman", "spider-man", "lego", "nintendo", "picasso", "banksy", "warhol", "studio ghibli", "ghibli",
        "taylor swift",
    ]

    static func namesProtected(_ prompt: String) -> Bool {
        let plain = prompt.lowercased()
        return protected.contains { plain.contains($0) }
    }

    private static func isRewrite(_ text: String) -> Bool {
        let plain = text.lowercased()
        return plain.contains("rewrite") && (plain.contains("prompt") || plain.contains("image"))
    }

    /// The prompt without the names, in words of style.
    private static func rewritten(_ prompt: String) -> String {
        var text = prompt
        if let colon = prompt.lastIndex(of: ":"), isRewrite(String(prompt[..<colon])) {
            text = String(prompt[prompt.index(after: colon)...].trimmed)
        }
        for name in protected {
            while let range = text.lowercased().firstRange(of: name),
                let found = text.sameRange(range, in: text.lowercased())
            {
                text.replaceSubrange(found, with: "a classic animated")
            }
        }
        return "\(text), in a soft painterly visual genre"
    }

    // MARK: The prompt's subject

    /// The prompt as a phrase in the middle of a sentence: its first sentence, without the asking around it.
    static func subject(_ prompt: String) -> String {
        var text = prompt.split(whereSeparator: \.isWhitespace).joined(separator: " ")[...]
        let polite = [
            "please ", "can you ", "could you ", "would you ", "tell me about ", "tell me ", "explain ", "describe ",
            "write ", "give me ",
            "what is ", "what are ", "how do i ", "how do you ", "summarise ", "summarize ",
        ]
        var shortened = true
        while shortened {
            shortened = false
            for start in polite where text.lowercased().hasPrefix(start) {
                text = text.dropFirst(start.count)
                shortened = true
            }
        }
        text = text.prefix { !"?!\n".contains($0) }.trimmed
        if let stop = text.firstRange(of: ". ") { text = text[..<stop.lowerBound] }
        while let last = text.last, ".,;:".contains(last) { text.removeLast() }
        if text.count > 80 { text = text.prefix(79).trimmed + "…" }
        guard let first = text.first else { return "an empty prompt" }
        let opening = text.prefix { !$0.isWhitespace }
        let common: Set<Substring> = [
            "The", "A", "An", "My", "Our", "Some", "What", "How", "Why", "Ideas", "Names", "List",
        ]
        return common.contains(opening) ? first.lowercased() + text.dropFirst() : String(text)
    }
}

extension String {
    /// The same place in this text as `range` has in its small-letter form, when both have the same letters' count.
    fileprivate func sameRange(_ range: Range<Index>, in lowered: String) -> Range<Index>? {
        guard lowered.count == count else { return nil }
        let start = lowered.distance(from: lowered.startIndex, to: range.lowerBound)
        let length = lowered.distance(from: range.lowerBound, to: range.upperBound)
        let from = index(startIndex, offsetBy: start)
        return from..<index(from, offsetBy: length)
    }
}
