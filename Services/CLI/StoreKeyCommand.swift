import ArgumentParser
import FeatureTiers
import Launch

/// `llava store-key`: the secret that the gateways of a cluster share.
struct StoreKeyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "store-key", abstract: "Make the key that gateways seal features with in the store that they share.",
    discussion: """
      EXAMPLE
        llava store-key store.key
        llava-gateway --store rediss://store-0:6379 --store rediss://store-1:6379 --store-key store.key

      The same file goes to every gateway. With a new one nothing in the store can be read, and it fills again.
      """)

  @Argument(help: "The file, which must not be there yet.", completion: .file())
  var file: String

  func run() throws {
    do throws(TierError) {
      try StoreKey.create(file: file)
    } catch {
      throw LaunchError(.file, error.message)
    }
  }
}
