/// Shows a batch's progress: bars that move at a terminal, a line per change elsewhere.
struct ProgressDisplay {
    private let isSilent: Bool
    private var drawnLines = 0
    private var shownWords: [String] = []

    init(isSilent: Bool) { self.isSilent = isSilent }

    mutating func show(_ progress: BatchProgress) {
        if isSilent { return }
        if Terminal.isInteractive {
            let lines = Self.bars(progress, columns: Terminal.columns)
            let up = drawnLines > 0 ? "\u{1B}[\(drawnLines)A" : ""
            Terminal.write(up + lines.map { "\r\u{1B}[2K\($0)\n" }.joined())
            drawnLines = lines.count
        } else {
            for (index, item) in progress.items.enumerated() where shownWords.isEmpty || shownWords[index] != item.word
            {
                Terminal.line("image \(index + 1) of \(progress.items.count): \(item.word)")
            }
            shownWords = progress.items.map(\.word)
        }
    }

    /// One line for each image, and one for all when there are several.
    static func bars(_ progress: BatchProgress, columns: Int) -> [String] {
        let barWidth = 24
        let titleWidth = max(8, min(32, columns - barWidth - 24))
        let rows = progress.items.map { item in
            let style: Terminal.Style = item.hasFailed ? .red : item.isOver ? .green : .blue
            let bar = Terminal.styled(Self.bar(item.percent, width: barWidth), style)
            return "\(fitted(item.prompt, titleWidth)) \(bar) \("\(item.percent) %".padded(left: 5)) \(item.word)"
        }
        guard rows.count > 1 else { return rows }
        let whole = "\(fitted("all", titleWidth)) \(bar(progress.percent, width: barWidth))"
        return rows + ["\(whole) \("\(progress.percent) %".padded(left: 5)) \(fitted(progress.message, 40))"]
    }

    static func bar(_ percent: Int, width: Int) -> String {
        let eighths = min(100, max(0, percent)) * width * 8 / 100
        let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        return (String(repeating: "█", count: eighths / 8) + partial).padded(to: width)
    }

    private static func fitted(_ text: String, _ width: Int) -> String {
        text.count <= width ? text.padded(to: width) : text.prefix(width - 1) + "…"
    }
}
