import Foundation

/// Runs a program to its end: its exit status, or -1 where a signal ended it, and the JSON that it printed.
func report<Report: Decodable>(
  of program: URL, _ arguments: [String], adding variables: [String: String]
) throws -> (status: Int32, report: Report) {
  let process = Process()
  let output = Pipe()
  process.executableURL = program
  process.arguments = arguments
  process.environment = ProcessInfo.processInfo.environment.merging(variables, uniquingKeysWith: { $1 })
  process.standardInput = FileHandle.nullDevice
  process.standardOutput = output
  process.standardError = FileHandle.nullDevice
  try process.run()
  let text = try output.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  let status = process.terminationReason == .exit ? process.terminationStatus : -1
  return (status, try JSONDecoder().decode(Report.self, from: text))
}
