/// The deadlines of a loop, earliest first: a binary heap with cancellation by number.
///
/// Pure: it holds what to do, not how to wait. A cancelled timer stays in the heap until its deadline or until
/// cancelled ones are the majority, when the heap is rebuilt; so cancelling is O(1) and memory stays bounded.
struct Timers {
    /// Names one scheduled action.
    struct ID: Hashable, Sendable {
        let number: UInt64
    }

    private struct Entry {
        let deadline: Moment
        let id: ID
    }

    private var heap: [Entry] = []
    private var actions: [ID: () -> Void] = [:]
    private var lastNumber: UInt64 = 0

    /// How many actions wait.
    var count: Int { actions.count }

    /// When the loop must wake at the latest, or nil when nothing waits.
    var nextDeadline: Moment? {
        mutating get {
            dropCancelledHead()
            return heap.first?.deadline
        }
    }

    mutating func schedule(at deadline: Moment, _ action: @escaping () -> Void) -> ID {
        lastNumber += 1
        let id = ID(number: lastNumber)
        actions[id] = action
        heap.append(Entry(deadline: deadline, id: id))
        siftUp(heap.count - 1)
        return id
    }

    mutating func cancel(_ id: ID) {
        guard actions.removeValue(forKey: id) != nil else { return }
        if heap.count > 64, heap.count > actions.count * 2 { rebuild() }
    }

    /// Takes the earliest action that is due, or nil.
    mutating func popDue(now: Moment) -> (() -> Void)? {
        dropCancelledHead()
        guard let head = heap.first, head.deadline <= now else { return nil }
        removeHead()
        return actions.removeValue(forKey: head.id)
    }

    private mutating func dropCancelledHead() {
        while let head = heap.first, actions[head.id] == nil { removeHead() }
    }

    private mutating func removeHead() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        siftDown(0)
    }

    private mutating func rebuild() {
        heap = heap.filter { actions[$0.id] != nil }
        for index in stride(from: heap.count / 2 - 1, through: 0, by: -1) { siftDown(index) }
    }

    /// Equal deadlines fire in the order in which they were scheduled.
    private func precedes(_ left: Entry, _ right: Entry) -> Bool {
        left.deadline == right.deadline ? left.id.number < right.id.number : left.deadline < right.deadline
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard precedes(heap[child], heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && precedes(heap[child], heap[least])
            {
                least = child
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
