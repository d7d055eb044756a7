// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Columns of text as Go's tabwriter lays them out with docker's settings: cells end at tabs, a column is as wide as
// its widest cell and three more, at least ten.

/// Aligns tab-separated lines.
enum Table {
    private static let minimumWidth = 10
    private static let padding = 3

    /// The lines with their cells in columns. The last cell of a line is never padded.
    static func align(_ lines: [String], minimumWidth: Int = minimumWidth, padding: Int = padding) -> String {
        let rows = lines.map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.dropLast().enumerated() {
                if column == widths.count { widths.append(minimumWidth) }
                widths[column] = max(widths[column], cell.count + padding)
            }
        }
        return rows.map { row in
            row.enumerated().map { column, cell in
                column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
            }.joined() + "\n"
        }.joined()
    }
}
