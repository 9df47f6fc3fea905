import HTTP
import Providers
import Service
import Wire

extension Gateway {
    /// Every path that needs a key, and what answers it.
    func routes(_ cluster: Cluster, _ pictures: PictureHandler, _ status: StatusHandler) -> RouteTable {
        let counter = ImageCounter(
            signpost: signpost,
            commit: store.commit,
            store: JobStore(audit: store.audit),
            desk: cluster.desk,
            feed: feed
        )
        let images = ImageHandler(
            counter: counter,
            commit: store.commit,
            desk: cluster.desk,
            feed: feed,
            audit: store.audit
        )
        let events = JobEventsHandler(images: images, commit: store.commit, feed: feed, keepAlive: settings.keepAlive)
        let generations = GenerationsHandler(
            counter: counter,
            images: images,
            pictures: pictures,
            files: store.files,
            desk: cluster.desk,
            feed: feed,
            callLog: callLog
        )
        let pictureMaker = TurnPictures(
            counter: counter,
            images: images,
            desk: cluster.desk,
            feed: feed
        )
        let turns = TurnHandler(
            Turn.Parts(chat: chat, pictures: pictureMaker, upstream: upstream, silence: settings.keepAlive),
            ballast: store.ballast
        )
        return RouteTable(
            sdkRoutes(generations) + imageRoutes(images, events) + imageSettingRoutes + connectorRoutes + routingRoutes
                + adminRoutes + auditRoutes(cluster) + sessionRoutes
                + [
                    .init("POST", "/api/turns", .user, .mayRecord("image_job.accepted")) { try await turns.run($0) },
                    .init("GET", "/api/admin/status", .admin) { await status.whole($0) },
                ]
        )
    }

    private func sdkRoutes(_ generations: GenerationsHandler) -> [RouteTable.Route] {
        let (chat, models, embeddings) = (chat, models, embeddings)
        return [
            .init("POST", "/v1/chat/completions", .user, .asks) { try await chat.complete($0, in: OpenAISurface()) },
            .init("POST", "/v1/messages", .user, .asks) { try await chat.complete($0, in: AnthropicSurface()) },
            .init("POST", "/v1/embeddings", .user, .asks) { try await embeddings.embed($0) },
            .init("GET", "/v1/models") { try await models.list($0) },
            .init("GET", "/v1/models/{model}") { try await models.show($0) },
            .init("GET", "/v1/models/{vendor}/{model}") { try await models.show($0) },
            .init("POST", "/v1/images/generations", .user, .records("image_job.accepted")) {
                try await generations.generate($0)
            },
        ]
    }

    private func imageRoutes(_ images: ImageHandler, _ events: JobEventsHandler) -> [RouteTable.Route] {
        [
            .init("POST", "/api/images/jobs", .user, .records("image_job.accepted")) { try await images.submit($0) },
            .init("GET", "/api/images/jobs") { try await images.list($0) },
            .init("GET", "/api/images/jobs/{id}") { try await images.state($0) },
            .init("DELETE", "/api/images/jobs/{id}", .user, .records("image_job.cancel_requested")) {
                try await images.cancel($0)
            },
            .init("GET", "/api/images/jobs/{id}/events") { try await events.follow($0) },
            .init("GET", "/api/images/{id}") { try await images.image($0) },
            .init("GET", "/api/progress/stream") { try await events.followAll($0) },
        ]
    }

    private var imageSettingRoutes: [RouteTable.Route] {
        let settings = ImageSettingsHandler(
            connectors: connectors,
            upstream: upstream,
            commit: store.commit,
            audit: store.audit
        )
        let templates = ImageTemplateHandler(commit: store.commit, audit: store.audit)
        return [
            .init("GET", "/api/images/settings") { try await settings.show($0) },
            .init("PUT", "/api/images/settings", .user, .records("image_settings.changed")) {
                try await settings.replace($0)
            },
            .init("GET", "/api/images/templates") { try await templates.list($0) },
            .init("GET", "/api/images/templates/{name}") { try await templates.show($0) },
            .init("PUT", "/api/images/templates/{name}", .user, .records("image_template.changed")) {
                try await templates.put($0)
            },
            .init("DELETE", "/api/images/templates/{name}", .user, .records("image_template.deleted")) {
                try await templates.delete($0)
            },
        ]
    }

    private var connectorRoutes: [RouteTable.Route] {
        let (connectors, models) = (connectorHandler, models)
        return [
            .init("GET", "/api/connectors") { try await connectors.list($0) },
            .init("POST", "/api/connectors", .user, .records("connector.created")) { try await connectors.create($0) },
            .init("GET", "/api/connectors/{id}") { try await connectors.show($0) },
            .init("PATCH", "/api/connectors/{id}", .user, .records("connector.updated")) {
                try await connectors.change($0)
            },
            .init("DELETE", "/api/connectors/{id}", .user, .records("connector.deleted")) {
                try await connectors.delete($0)
            },
            .init("PUT", "/api/connectors/{id}/credentials", .user, .records("connector.rotated")) {
                try await connectors.rotate($0)
            },
            .init("POST", "/api/connectors/{id}/default", .user, .records("connector.default_set")) {
                try await connectors.setDefault($0)
            },
            .init("DELETE", "/api/connectors/{id}/default", .user, .records("connector.default_unset")) {
                try await connectors.unsetDefault($0)
            },
            .init("GET", "/api/connectors/{id}/models") { try await models.catalogue($0) },
            .init("POST", "/api/connectors/{id}/test", .user, .asks) { try await connectors.test($0) },
        ]
    }

    private var routingRoutes: [RouteTable.Route] {
        let (pins, policy) = (pinHandler, policyHandler)
        return [
            .init("GET", "/api/feature-preferences") { try await pins.list($0) },
            .init("POST", "/api/feature-preferences", .user, .records("preference.set")) { try await pins.set($0) },
            .init("DELETE", "/api/feature-preferences/{feature}", .user, .records("preference.unset")) {
                try await pins.remove($0)
            },
            .init("GET", "/api/policy") { try await policy.show($0) },
            .init("GET", "/api/admin/policy", .admin) { try await policy.showAll($0) },
            .init("PATCH", "/api/admin/policy", .admin, .records("policy.changed")) { try await policy.change($0) },
        ]
    }

    private var sessionRoutes: [RouteTable.Route] {
        let sessions = sessions
        return [
            .init("GET", "/api/session") { try await sessions.show($0) },
            .init("POST", "/api/session", .user, .records("session.started")) { try await sessions.start($0) },
            .init("DELETE", "/api/session", .user, .records("session.ended")) { try await sessions.end($0) },
        ]
    }

    private func auditRoutes(_ cluster: Cluster) -> [RouteTable.Route] {
        let ask: AuditHandler.Ask = { try await cluster.ask($0, of: $1) }
        let (pages, export) = (AuditHandler(ask: ask), AuditExport(ask: ask))
        let conflicts = ConflictHandler(commit: store.commit) {
            try await cluster.witness.acceptRestore(head: $0, by: $1)
        }
        return [
            .init("GET", "/api/admin/audit", .admin) { try await pages.events($0) },
            .init("GET", "/api/admin/audit/conflict", .admin) { try await conflicts.show($0) },
            .init("POST", "/api/admin/audit/conflict/accept", .admin, .records("audit.restore_accepted")) {
                try await conflicts.accept($0)
            },
            .init("GET", "/api/admin/audit.csv", .admin) { try await export.csv($0, of: .audit) },
            .init("GET", "/api/admin/audit.jsonl", .admin) { try await export.lines($0, of: .audit) },
            .init("GET", "/api/admin/calls", .admin) { try await pages.calls($0) },
            .init("GET", "/api/usage") { try await pages.ownUsage($0) },
            .init("GET", "/api/admin/usage", .admin) { try await pages.usage($0) },
            .init("GET", "/api/admin/calls.csv", .admin) { try await export.csv($0, of: .calls) },
            .init("GET", "/api/admin/calls.jsonl", .admin) { try await export.lines($0, of: .calls) },
        ]
    }

    private var adminRoutes: [RouteTable.Route] {
        let (users, connectors) = (users, adminConnectors)
        return [
            .init("GET", "/api/admin/connectors", .admin) { try await connectors.list($0) },
            .init("PATCH", "/api/admin/connectors/{id}/cap", .admin, .records("connector.cap_changed")) {
                try await connectors.setCap($0)
            },
            .init("POST", "/api/admin/connectors/{id}/revoke", .admin, .records("connector.revoked")) {
                try await connectors.revoke($0)
            },
            .init("GET", "/api/admin/users", .admin) { try await users.list($0) },
            .init("POST", "/api/admin/users", .admin, .records("user.created")) { try await users.create($0) },
            .init("DELETE", "/api/admin/users/{id}", .admin, .records("user.deleted")) { try await users.delete($0) },
            .init("GET", "/api/admin/users/{id}/keys", .admin) { try await users.listKeys($0) },
            .init("POST", "/api/admin/users/{id}/keys", .admin, .records("key.created")) {
                try await users.createKey($0)
            },
            .init("DELETE", "/api/admin/users/{id}/keys/{key}", .admin, .records("key.deleted")) {
                try await users.deleteKey($0)
            },
        ]
    }
}
