import ArgumentParser
import Contracts
import Launch

/// `llava`: questions about pictures, from a terminal.
@main struct Llava: Program {
  static let configuration = CommandConfiguration(
    commandName: "llava", abstract: "Ask questions about pictures: LLaVA-1.5 on CPUs.",
    discussion: """
      EXAMPLES
        llava ask photo.jpg "What is in the background?"
        llava chat photo.jpg
        llava serve &
        llava ask --gateway \(DefaultAddress.gateway) photo.jpg "Is it day?" --format short

      EXIT STATUS
        0 well, 1 something broke, 2 the request was wrong,
        3 not now (nobody there, overloaded, out of time), 130 interrupted
      """, version: Hello.build,
    subcommands: [
      AskCommand.self, ChatCommand.self, ServeCommand.self, StatusCommand.self, TopCommand.self, AuditCommand.self,
      TraceCommand.self, DrainCommand.self, ReloadCommand.self, ScaleCommand.self, EvalCommand.self, PlanCommand.self,
      ModelCommand.self, DoctorCommand.self, BenchCommand.self, CertsCommand.self, TokenCommand.self,
      StoreKeyCommand.self,
    ])
}
