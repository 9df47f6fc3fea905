import Testing

/// Tests over whole clusters, one cluster at a time: each is eight processes.
@Suite(.serialized)
enum Clusters {}
