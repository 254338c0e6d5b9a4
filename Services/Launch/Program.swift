public import ArgumentParser
import Glibc
import RPC

/// A command whose failures are one line on standard error and a documented exit status.
public protocol Program: AsyncParsableCommand {}

extension Program {
  public static func main() async {
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      Glibc.exit(ExitStatus.success.rawValue)
    } catch let error as ExitCode {
      Glibc.exit(error.rawValue)
    } catch {
      Glibc.exit(report(error).rawValue)
    }
  }

  /// Says what happened; returns how the program ends.
  private static func report(_ error: any Error) -> ExitStatus {
    switch error {
    case is LaunchError: break
    default:
      // Help, versions and wrong flags: the parser words these.
      if exitCode(for: error) == .success {
        print(fullMessage(for: error))
        return .success
      }
      if exitCode(for: error) == .validationFailure {
        Output.standardError.say(fullMessage(for: error))
        return .usage
      }
    }
    let status = ExitStatus(of: error)
    if status != .interrupted { Output.standardError.say("\(_commandName): \(sentence(of: error))") }
    return status
  }

  private static func sentence(of error: any Error) -> String {
    switch error {
    case let error as LaunchError: error.message
    case let error as ServiceError: error.message
    default: "\(error)"
    }
  }
}
