/// A picture for a prompt, as SVG text. Pure: prompt, size and variation decide everything.
enum Paint {
    /// The finished picture, or for `share` below one a draft without caption of that share of its layers.
    static func svg(prompt: String, width: Int, height: Int, variation: Int = 0, note: String, share: Double = 1)
        -> String
    {
        var painter = Painter(prompt: prompt, width: width, height: height, variation: variation)
        painter.paint()
        if share >= 1 { painter.paintCaption(prompt, note: note) }
        return painter.canvas.svg(share: share)
    }
}
