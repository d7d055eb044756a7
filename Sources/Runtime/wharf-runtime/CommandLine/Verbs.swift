// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The verbs by name. Each is a table of flags and texts that is made when it is first asked for, so that a command pays
// for its own alone.

extension Program {
    /// Every verb, in the order of the help.
    static var verbs: [Verb] {
        [
            checkpointVerb, createVerb, deleteVerb, eventsVerb, execVerb, featuresVerb, killVerb, listVerb, pauseVerb, psVerb, restoreVerb,
            resumeVerb, runVerb, specVerb, startVerb, stateVerb, updateVerb,
        ]
    }

    /// The verb of this name; nil for an unknown one.
    static func verb(_ name: String) -> Verb? {
        switch name {
        case "create": createVerb
        case "delete": deleteVerb
        case "exec": execVerb
        case "kill": killVerb
        case "run": runVerb
        case "start": startVerb
        case "state": stateVerb
        default: verbs.first { $0.name.utf8.elementsEqual(name.utf8) }
        }
    }
}
