// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The API server as a service: it runs until the daemon is told to end, then lets running requests finish.

import ServiceLifecycle
import WharfHTTP

/// Serves the API.
struct APIService: Service, CustomStringConvertible {
    var description: String { "API" }
    let server: HTTPServer

    func run() async throws {
        await withGracefulShutdownHandler {
            await server.run()
        } onGracefulShutdown: {
            server.shutdown()
        }
    }
}
